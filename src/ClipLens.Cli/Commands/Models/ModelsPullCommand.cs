using System.CommandLine;
using ClipLens.Models.Hub;

namespace ClipLens.Cli.Commands.Models;

/// <summary>Fetches a model into the cache.</summary>
internal sealed class ModelsPullCommand : CliCommand
{
    private readonly Argument<string> name = new("NAME") { Description = "A model's name; 'cliplens models' lists open_clip's." };

    public ModelsPullCommand() : base("pull", "Fetches a model into the cache of Hugging Face's tools, or what is new of it. What is there "
        + "already is not fetched again, and a broken download goes on where it stopped.") => Add(name);

    public override IReadOnlyList<Example> Examples =>
    [
        new("By open_clip's name and tag", "cliplens models pull ViT-B-32/laion2b_s34b_b79k"),
        new("A repository of the hub, at a branch or commit", "cliplens models pull openai/clip-vit-base-patch32@main"),
        new("OpenAI's own file", "cliplens models pull ViT-B/32"),
    ];

    public override string WhenStopped => "Stopped; the same command goes on from here.";

    public override void Run(Invocation call)
    {
        LocalModel? model = null;
        call.Terminal.ShowProgress(progress => model = ModelHub.Pull(call.Get(name), null, progress, call.Stop));
        call.Terminal.WriteLine($"{model!.Name} is in {model.Path}.");
    }
}
