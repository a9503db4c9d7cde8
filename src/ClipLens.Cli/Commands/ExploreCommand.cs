using System.CommandLine;
using ClipLens.Explorer;
using ClipLens.Runs;

namespace ClipLens.Cli.Commands;

/// <summary>A run as pages in a browser, served until it is stopped.</summary>
internal sealed class ExploreCommand : CliCommand
{
    private const int Port = 5080;
    private readonly Option<string> run, model;
    private readonly Option<int> port;

    public ExploreCommand() : base("explore", "Shows a run in a browser: an overview, a page for every neuron, and a search over their "
        + "words. Serves on this machine only, until Ctrl-C.")
    {
        run = Has(CommonOptions.Run());
        port = Has(CommonOptions.Count("--port", Port, "Port of 127.0.0.1; 0 for any that is free.", 0));
        model = Has(CommonOptions.RunModel());
    }

    public override IReadOnlyList<Example> Examples => [new("Look at a run", "cliplens explore --run run")];

    public override void Run(Invocation call)
    {
        var directory = RunDirectory.Open(call.Get(run));
        using var site = new ExplorerSite(directory, () => Inputs.RunModel(call, directory, call.Find(model)));
        var server = ExplorerServer.StartAsync(site, call.Get(port)).GetAwaiter().GetResult();
        call.Terminal.WriteLine($"The run is shown at {server.Address} until Ctrl-C is pressed.");
        call.Stop.WaitHandle.WaitOne();
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
