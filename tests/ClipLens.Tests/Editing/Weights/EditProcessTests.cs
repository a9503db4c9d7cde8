using System.Diagnostics;
using System.Runtime.InteropServices;
using ClipLens.Editing.Weights;
using ClipLens.Tests.Cli;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Editing.Weights;

/// <summary>Edits in a process of their own, which is killed or stopped.</summary>
[Trait("Tier", "Process")]
public sealed partial class EditProcessTests : IDisposable
{
    private const int Pictures = 600, SigInt = 2;
    private readonly TinyInputs inputs = new(Pictures);

    private string Output => inputs.File("edited");

    [Fact]
    public void An_edit_that_is_killed_leaves_nothing_under_its_name_and_the_next_writes_the_same_bytes()
    {
        Assert.Equal(0, CliCall.Run(Words("--ablate", "3:1,2:7", "--mean", "class", "--output", inputs.File("whole"))).Code);
        var expected = Files(inputs.File("whole"));
        // Killed while the means are taken, and twice when the weights are there and are measured.
        foreach (string there in new[] { "", "open_clip_model.safetensors", "open_clip_model.safetensors" })
        {
            using var process = OtherProcess.Command(Words("--ablate", "3:1,2:7", "--mean", "class", "--output", Output));
            if (there.Length > 0) OtherProcess.WaitFor(process, Path.Combine(Output + ".partial", there));
            else WaitForLine(process, "Mean activations: ", 1);
            OtherProcess.End(process);
            Assert.False(Directory.Exists(Output));
        }
        Assert.True(Directory.Exists(Output + ".partial"));
        Assert.Equal(0, CliCall.Run(Words("--ablate", "3:1,2:7", "--mean", "class", "--output", Output)).Code);
        Assert.False(Directory.Exists(Output + ".partial"));
        var found = Files(Output);
        Assert.Contains(EditRecord.FileName, found.Keys);
        Assert.Equal(expected.Keys, found.Keys);
        Assert.All(expected, file => Assert.True(file.Value.AsSpan().SequenceEqual(found[file.Key]), $"{file.Key} differs."));
    }

    [Fact]
    public async Task Ctrl_C_while_baselines_are_measured_leaves_nothing()
    {
        if (OperatingSystem.IsWindows()) return;
        using var process = OtherProcess.Command(Words("--defend", "typographic", "--at-most", "100", "--passes", "3", "--output", Output));
        // The second half of the images is read for the baselines, which come next.
        WaitForLine(process, $"Reading images: {Pictures / 2} of {Pictures / 2}", 2);
        Assert.Equal(0, Kill(process.Id, SigInt));
        string said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.EndsWith("Stopping after the step at hand; press Ctrl-C again to stop at once.\nStopped; nothing was written.\n", said);
        Assert.Equal(1, process.ExitCode);
        Assert.False(Directory.Exists(Output) || Directory.Exists(Output + ".partial"));
    }

    public void Dispose() => inputs.Dispose();

    private string[] Words(params string[] more)
    {
        string labels = inputs.File("labels.csv"), classes = inputs.File("classes.txt");
        File.WriteAllLines(labels, ["file,label", .. Enumerable.Range(0, Pictures).Select(i => $"{i:000}.png,{i % 2}")]);
        File.WriteAllLines(classes, ["red", "blue"]);
        return ["edit", "--model", inputs.Model, "--images", inputs.Images, "--labels", labels, "--classes", classes, "--resamples", "100",
            .. more];
    }

    private static void WaitForLine(Process process, string start, int times)
    {
        while (times > 0)
        {
            string line = process.StandardError.ReadLine() ?? throw new InvalidOperationException("The process did not get there.");
            if (line.StartsWith(start, StringComparison.Ordinal)) times--;
        }
    }

    private static SortedDictionary<string, byte[]> Files(string folder) => new(Directory.GetFiles(folder)
        .ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes), StringComparer.Ordinal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
