using System.Text.Json;
using ClipLens.Explorer;
using ClipLens.Runs;
using ClipLens.Tests.Runs;

namespace ClipLens.Tests.Explorer;

/// <summary>A tiny run with a text that would be a script, and its site.</summary>
public sealed class ExplorerRun : IDisposable
{
    public const string Script = "<script>alert('a')</script>";
    private readonly TinyRun tiny = new();

    public ExplorerRun()
    {
        File.AppendAllLines(tiny.Pool, [Script]);
        tiny.Run();
        Run = RunDirectory.Open(tiny.Output);
        Site = new(Run, () => Run.LoadModel());
    }

    public RunDirectory Run { get; }

    public ExplorerSite Site { get; }

    /// <summary>The value that a data file of a site puts under its own name.</summary>
    public static JsonElement Data(ExplorerSite site, string name)
    {
        string script = System.Text.Encoding.UTF8.GetString(site.Find(name + ".js")!.Bytes), start = $"ClipLens.put(\"{name}\",";
        Assert.StartsWith(start, script);
        Assert.EndsWith(");\n", script);
        return JsonDocument.Parse(script[start.Length..^3]).RootElement;
    }

    public JsonElement Data(string name) => Data(Site, name);

    public void Dispose()
    {
        Site.Dispose();
        tiny.Dispose();
    }
}
