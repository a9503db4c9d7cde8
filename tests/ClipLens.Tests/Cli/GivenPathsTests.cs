using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

/// <summary>What is to be written destroys nothing that is read.</summary>
public sealed class GivenPathsTests : IDisposable
{
    private readonly TinyInputs inputs = new();

    public void Dispose() => inputs.Dispose();

    [Fact]
    public void An_output_that_is_an_input_is_refused_and_nothing_is_lost()
    {
        Assert.Equal(0, CliCall.Run(inputs.Analyze("1")).Code);
        string facts = Path.Combine(inputs.Run, "run.json"), weights = Path.Combine(inputs.Model, "open_clip_model.safetensors"),
            link = inputs.File("link.png");
        Kept(inputs.Texts, "--output", "--texts", "embed", "--model", inputs.Model, "--texts", inputs.Texts, "--output", inputs.Texts);
        Kept(inputs.Picture(3), "--output", "--images", "embed", "--model", inputs.Model, "--images", inputs.Images, "--output",
            inputs.Picture(3));
        Kept(inputs.Picture(3), "--output", "--images", "embed", "--model", inputs.Model, "--images", inputs.Picture(2), inputs.Picture(3),
            "--output", inputs.Picture(3));
        // Any ending that images are read by.
        string camera = Path.ChangeExtension(inputs.Picture(3), ".jfif");
        File.Copy(inputs.Picture(3), camera);
        Kept(camera, "--output", "--images", "embed", "--model", inputs.Model, "--images", inputs.Images, "--output", camera);
        File.Delete(camera);
        Kept(weights, "--output", "--model", "embed", "--model", inputs.Model, "--images", inputs.Images, "--output", weights);
        Kept(facts, "--csv", "--run", "show", "--run", inputs.Run, "--csv", facts);
        string table = Path.Combine(inputs.Run, "layer-01", "neurons.safetensors");
        Kept(table, "--csv", "--run", "show", "--run", inputs.Run, "--csv", table);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights on Windows");
        File.CreateSymbolicLink(link, inputs.Picture(1));
        Kept(link, "--output", "--image", "segment", "--run", inputs.Run, "--image", inputs.Picture(1), "--class", "sea", "--output", link);
    }

    [Fact]
    public void Results_of_an_earlier_call_are_replaced()
    {
        Assert.Equal(0, CliCall.Run(inputs.Analyze("1")).Code);
        string csv = Path.Combine(inputs.Run, "neurons.csv");
        for (int i = 0; i < 2; i++) Assert.Equal(0, CliCall.Run("show", "--run", inputs.Run, "--csv", csv).Code);
    }

    [Theory]
    [InlineData("--model", "embed", "--model", "", "--images", "x", "--output", "y"), InlineData("--run", "show", "--run", "")]
    [InlineData("--output", "embed", "--model", "x", "--images", "x", "--output", "")]
    public void An_empty_value_is_named(string option, params string[] words) =>
        CliCall.Refused($"{option} has an empty value; give a name, or leave it out.", words);

    private static void Kept(string file, string output, string input, params string[] words)
    {
        byte[] before = File.ReadAllBytes(file);
        CliCall.Refused($"{output} would replace {file}, which {input} reads; give another name.", words);
        Assert.Equal(before, File.ReadAllBytes(file));
    }
}
