using System.CommandLine;
using System.Net;
using ClipLens.Explorer;
using ClipLens.Labels;
using ClipLens.Runs;

namespace ClipLens.Cli.Commands.Pages;

/// <summary>A run as pages in a browser, served until it is stopped.</summary>
internal sealed class ExploreCommand : CliCommand
{
    private const int Port = 5080;
    private readonly Option<string> run, model, classes, templates, bind;
    private readonly Option<int> port;
    private readonly ExplorerOptions shown;

    public ExploreCommand() : base("explore", "Shows a run in a browser: an overview, a map and a page for every neuron, a search over "
        + "their words, and what the model sees in a picture. Serves on this machine only, until Ctrl-C.")
    {
        run = Has(CommonOptions.Text("--run", "RUN", "Folder that 'cliplens analyze' wrote; a demo's folder will do."));
        model = Has(CommonOptions.RunModel());
        HasPlacement();
        classes = Has(CommonOptions.Text("--classes", "F.txt", "Names of the classes that pictures are told apart by, one a line."));
        templates = Has(CommonOptions.Templates());
        shown = new(Has, Has);
        port = Has(CommonOptions.Count("--port", Port, "Port; 0 for any that is free.", 0));
        bind = Has(CommonOptions.Text("--bind", "ADDRESS", "Address to listen on. Other machines that reach it need the token that is "
            + "printed.", "127.0.0.1"));
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("Look at a run", "cliplens explore --run run"),
        new("With pictures told apart by your classes", "cliplens explore --run run --classes classes.txt"),
        new("Before and after a change", "cliplens explore --run after --compare before"),
    ];

    public override void Run(Invocation call)
    {
        var directory = RunDirectory.Open(RunFolder.Find(call.Find(run)));
        var settings = shown.Read(call, directory) with
        {
            Classes = call.Find(classes) is { } names ? Inputs.Classes(call, names) : RunFolder.ClassesOf(directory),
            Templates = call.Find(templates) is { } file ? PromptTemplates.Read(file) : null,
            OnFault = error => call.Terminal.Note($"Something that a page asked for failed: {error}"),
        };
        if (!IPAddress.TryParse(call.Get(bind), out var address))
            throw new SettingException("Bind", $"'{call.Get(bind)}' is no address; give one of this machine, such as 127.0.0.1.");
        using var site = new ExplorerSite(directory, () => Inputs.RunModel(call, directory, call.Find(model)), settings);
        var server = ExplorerServer.StartAsync(site, call.Get(port), address, prepare: true).GetAwaiter().GetResult();
        if (server.IsOpen)
            call.Terminal.Note("Other machines can reach the explorer: whoever has the address with its token sees the run and its "
            + "images and "
                + "can label neurons, and who listens on the network can read it.");
        call.Terminal.WriteLine($"The run is shown at {server.Address} until Ctrl-C is pressed.");
        call.Stop.WaitHandle.WaitOne();
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
