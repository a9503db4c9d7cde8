using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace ClipLens.Explorer;

/// <summary>Serves a site to browsers on this machine, and to nobody else.</summary>
public sealed class ExplorerServer : IAsyncDisposable
{
    private readonly WebApplication application;

    private ExplorerServer(WebApplication application) => this.application = application;

    /// <summary>The address of the first page.</summary>
    public Uri Address => new(application.Urls.First().TrimEnd('/') + "/");

    /// <summary>Begins to serve.</summary>
    /// <param name="site">The site, which must outlive the server.</param>
    /// <param name="port">The port of 127.0.0.1; 0 for any that is free.</param>
    /// <exception cref="ClipLensException">The port is taken or none.</exception>
    public static async Task<ExplorerServer> StartAsync(ExplorerSite site, int port)
    {
        ArgumentNullException.ThrowIfNull(site);
        if (port is < 0 or > IPEndPoint.MaxPort)
            throw new SettingException("Port", $"There is no port {port}; give a number up to {IPEndPoint.MaxPort}.");
        // An empty builder reads no environment and no settings of the folder that it is called in.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = 0;
            options.Listen(IPAddress.Loopback, port);
        });
        var application = builder.Build();
        application.Run(context => new ExplorerRequest(site, context).AnswerAsync());
        try
        {
            await application.StartAsync().ConfigureAwait(false);
            return new(application);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new SettingException("Port", $"Port {port} is taken by another program; choose another, or 0 for any that is free.");
        }
    }

    /// <summary>Stops serving.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await application.StopAsync(patience.Token).ConfigureAwait(false);
        await application.DisposeAsync().ConfigureAwait(false);
    }
}
