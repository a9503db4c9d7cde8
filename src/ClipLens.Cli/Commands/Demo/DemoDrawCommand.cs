using System.CommandLine;
using ClipLens.Drawing;
using ClipLens.Models.Images;
using ClipLens.Scenes;
using ClipLens.Scenes.Language;

namespace ClipLens.Cli.Commands.Demo;

/// <summary>Text to picture in the drawn world.</summary>
internal sealed class DemoDrawCommand : CliCommand
{
    private readonly Option<string> caption, output;
    private readonly Option<int> seed, side;

    public DemoDrawCommand() : base("draw",
        "Draws a picture of which a caption in the world's language is true. Unknown words are reported, none is ignored.")
    {
        caption = Has(CommonOptions.Text("--caption", "TEXT", "What to draw, such as \"a striped red ship on the sea with a bird\".",
            required: true));
        seed = Has(CommonOptions.Seed("Decides all that the caption leaves open."));
        side = Has(CommonOptions.Count("--side", 256, "Side of the picture in pixels, 16 to 2048.", 16));
        output = Has(CommonOptions.Output("OUT.png", "Picture to write, PNG or JPEG."));
    }

    public override IReadOnlyList<Example> Examples =>
        [new("A picture", "cliplens demo draw --caption \"a striped red ship on the sea with a bird\" --output ship.png")];

    public override void Run(Invocation call)
    {
        var scene = SceneComposer.Compose(call.Get(caption), (ulong)call.Get(seed));
        var picture = SceneRenderer.Render(scene, call.Get(side));
        string path = DrawingFile.Prepare(call.Get(output));
        DrawingFile.Write(path, new RgbImage(picture.Size, picture.Size, picture.Rgb.ToArray()));
        call.Terminal.WriteLine($"{path}: {CaptionWriter.WriteInFull(scene)}");
    }
}
