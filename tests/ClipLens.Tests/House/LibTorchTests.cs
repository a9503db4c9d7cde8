using System.Diagnostics;
using System.Text.Json;
using ClipLens.Tests.Cli;

namespace ClipLens.Tests.House;

/// <summary>One property of the build says which libtorch programs bring.</summary>
[Trait("Tier", "Process")]
public class LibTorchTests
{
    [Theory]
    [InlineData("cpu", "linux-x64", "libtorch-cpu-linux-x64")]
    [InlineData("cuda", "linux-x64", "libtorch-cuda-12.8-linux-x64")]
    [InlineData("cuda", "win-x64", "libtorch-cuda-12.8-win-x64")]
    [InlineData("cuda", "osx-arm64", "libtorch-cpu-osx-arm64")]
    [InlineData("none", "linux-x64")]
    public void The_property_chooses_the_package(string choice, string platform, params string[] expected)
    {
        using var build = Process.Start(new ProcessStartInfo("dotnet",
            ["msbuild", "src/ClipLens.Cli", "-nologo", "-getItem:PackageReference",
            $"-p:RuntimeIdentifier={platform}", $"-p:LibTorch={choice}"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
        })!;
        using var items = JsonDocument.Parse(build.StandardOutput.ReadToEnd());
        build.WaitForExit();
        Assert.Equal(expected, items.RootElement.GetProperty("Items").GetProperty("PackageReference").EnumerateArray()
            .Select(item => item.GetProperty("Identity").GetString()!).Where(name =>
            name.StartsWith("libtorch", StringComparison.Ordinal)));
    }
}
