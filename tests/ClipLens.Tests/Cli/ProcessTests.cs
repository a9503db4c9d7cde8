using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

/// <summary>What only a process of its own shows: exit codes, streams, signals.</summary>
[Trait("Tier", "Process")]
public sealed partial class ProcessTests : IDisposable
{
    private const int SigInt = 2, SigTerm = 15;
    private readonly TinyInputs inputs = new();

    public void Dispose() => inputs.Dispose();

    [Fact]
    public async Task The_exit_code_and_the_streams_are_those_of_the_call()
    {
        using var process = OtherProcess.Command("embed", "--model", inputs.Model, "--images", inputs.File("none"), "--output",
            inputs.File("out"));
        Assert.Equal($"The image folder or list {inputs.File("none")} is not there; give a folder with images or a text file with a "
            + $"path a line.\n",
            await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal("", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, process.ExitCode);
    }

    [Theory, InlineData(SigInt), InlineData(SigTerm)]
    public async Task A_signal_stops_an_analysis_which_the_same_command_continues(int signal)
    {
        if (OperatingSystem.IsWindows()) return;
        string list = inputs.File("list.txt");
        File.WriteAllLines(list, Enumerable.Range(0, 20000).Select(i => inputs.Picture(i % 12)));
        string[] words = ["analyze", "--model", inputs.Model, "--images", list, "--texts", inputs.Texts, "--layers", "1", "--top", "4",
            "--size", "2", "--output", inputs.Run];

        using var first = OtherProcess.Command(words);
        while (await first.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line
            && line != "Forward pass: 0 of 20000")
        {
        }
        await Task.Delay(800, TestContext.Current.CancellationToken);
        Assert.Equal(0, Kill(first.Id, signal));
        string said = await first.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await first.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.EndsWith("Stopping after the step at hand; press Ctrl-C again to stop at once.\nStopped; the same command goes on from "
            + "here.\n", said);
        Assert.Equal(1, first.ExitCode);

        var second = CliCall.Run(words);
        Assert.Equal(0, second.Code);
        Assert.InRange(int.Parse(FirstCount().Match(second.Error).Groups[1].Value, CultureInfo.InvariantCulture), 1, 19999);
    }

    [Theory, InlineData(30), InlineData(40), InlineData(100)]
    public async Task Too_few_file_handles_are_a_sentence(int handles)
    {
        if (OperatingSystem.IsWindows()) return;
        using var process = Shell(
            $"ulimit -n {handles}; exec dotnet '{Path.Combine(AppContext.BaseDirectory, "ClipLens.Cli.dll")}' --help");
        Assert.Equal("cliplens needs 160 open files at the least, and this shell allows fewer; allow more, such as with: ulimit -n 1024\n",
            await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, process.ExitCode);
    }

    [Theory]
    [InlineData("LC_ALL=de_DE.ISO-8859-1", "-worm")]
    [InlineData("LC_ALL=ru_RU.KOI8-R", "-worm")]
    [InlineData("LC_ALL=C", "-worm")]
    [InlineData("LC_ALL=C.UTF-8", "\u2212worm")]
    public async Task A_minus_is_one_in_every_locale(string locale, string expected)
    {
        if (OperatingSystem.IsWindows()) return;
        using var process = Shell($"{locale} exec dotnet '{Path.Combine(AppContext.BaseDirectory, "ClipLens.Cli.dll")}' show --run "
            + "'\u2212worm' 2>&1");
        string said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith($"{expected} is no run directory", said, StringComparison.Ordinal);
    }

    private static Process Shell(string commands) => Process.Start(new ProcessStartInfo("sh", ["-c", commands])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [GeneratedRegex("Forward pass: ([0-9]+) of 20000")]
    private static partial Regex FirstCount();
}
