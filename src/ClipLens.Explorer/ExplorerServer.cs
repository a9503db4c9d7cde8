using System.Net;
using ClipLens.Compute;
using ClipLens.Explorer.Live;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;

namespace ClipLens.Explorer;

/// <summary>Serves a site to browsers: of this machine by default, of others to who knows the token.</summary>
public sealed class ExplorerServer : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly AccessRules rules;
    private readonly CancellationTokenSource closing = new();
    private readonly Task preparing;

    private ExplorerServer(WebApplication application, AccessRules rules, ExplorerSite site, bool prepare)
    {
        (this.application, this.rules) = (application, rules);
        preparing = prepare ? Task.Run(() => Prepare(site)) : Task.CompletedTask;
    }

    /// <summary>The address of the first page; with the token where other machines may come.</summary>
    public Uri Address => new(application.Urls.First().TrimEnd('/') + "/" + (rules.IsOpen ? "?token=" + rules.Token : ""));

    /// <summary>Whether other machines may come.</summary>
    public bool IsOpen => rules.IsOpen;

    /// <summary>Begins to serve on the loopback address, to nobody else.</summary>
    /// <param name="site">The site, which must outlive the server.</param>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <exception cref="ClipLensException">The port is taken or none.</exception>
    public static Task<ExplorerServer> StartAsync(ExplorerSite site, int port) => StartAsync(site, port, IPAddress.Loopback);

    /// <summary>Begins to serve.</summary>
    /// <param name="site">The site, which must outlive the server.</param>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <param name="address">The address to listen on; one that other machines reach demands a token.</param>
    /// <param name="prepare">Whether to make, beside serving, what the run lacks of its neurons' pages, and the first pages ahead of the
    /// first visitor.</param>
    /// <exception cref="ClipLensException">The port is taken or none, or the address is not one of this machine.</exception>
    public static async Task<ExplorerServer> StartAsync(ExplorerSite site, int port, IPAddress address, bool prepare = false)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentNullException.ThrowIfNull(address);
        if (port is < 0 or > IPEndPoint.MaxPort)
            throw new SettingException("Port", $"There is no port {port}; give a number up to {IPEndPoint.MaxPort}.");
        var rules = new AccessRules(address);
        // An empty builder reads no environment and no settings of the folder that it is called in.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = PictureShelf.MostBytes;
            options.Listen(address, port);
        });
        var application = builder.Build();
        application.Run(context => new ExplorerRequest(site, rules, context).AnswerAsync());
        try
        {
            await application.StartAsync().ConfigureAwait(false);
            return new(application, rules, site, prepare);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new SettingException("Port", $"Port {port} is taken by another program; choose another, or 0 for any that is free.");
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new SettingException("Bind", $"The explorer cannot listen on {address}; give an address of this machine.");
        }
    }

    /// <summary>Stops serving.</summary>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync().ConfigureAwait(false);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await application.StopAsync(patience.Token).ConfigureAwait(false);
        await application.DisposeAsync().ConfigureAwait(false);
        await preparing.ConfigureAwait(false);
        closing.Dispose();
    }

    private void Prepare(ExplorerSite site)
    {
        try
        {
            site.WarmUp();
            // What reading leaves behind is as much as what is kept.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GlibcHeap.Trim();
            site.Prepare(new WorkOptions { Cancellation = closing.Token, Progress = site });
        }
        catch (Exception error) when (error is ClipLensException or IOException or OperationCanceledException)
        {
            // The pages say what they lack; whoever asks for what cannot be made is told why.
            site.Report(error.Message);
        }
    }
}
