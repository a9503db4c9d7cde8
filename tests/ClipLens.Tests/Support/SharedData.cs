namespace ClipLens.Tests.Support;

/// <summary>The shared material (real model, photographs, golden outputs) beside the checkout; absent from a user's clone.</summary>
internal static class SharedData
{
    public const string Missing = "needs the folder shared/ beside the checkout";
    public static readonly string? Root = Find();
    public static readonly IReadOnlyCollection<KeyValuePair<string, string>> Tier = [new("Tier", "Golden")];

    public static string Path(params string[] parts) =>
        System.IO.Path.Combine([Root ?? throw new InvalidOperationException("The shared data is not there."), .. parts]);

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = System.IO.Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(System.IO.Path.Combine(candidate, "golden"))) return candidate;
        }
        return null;
    }
}

/// <summary>A test of the tier Golden, which needs the shared material; it is skipped, and says so, where that is absent.</summary>
internal sealed class SharedFactAttribute : FactAttribute, Xunit.v3.ITraitAttribute
{
    public SharedFactAttribute([System.Runtime.CompilerServices.CallerFilePath] string? file = null,
        [System.Runtime.CompilerServices.CallerLineNumber] int line = 0) : base(file, line)
    {
        if (SharedData.Root is null) Skip = SharedData.Missing;
    }

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => SharedData.Tier;
}

/// <summary>A theory of the tier Golden, which needs the shared material.</summary>
internal sealed class SharedTheoryAttribute : TheoryAttribute, Xunit.v3.ITraitAttribute
{
    public SharedTheoryAttribute([System.Runtime.CompilerServices.CallerFilePath] string? file = null,
        [System.Runtime.CompilerServices.CallerLineNumber] int line = 0) : base(file, line)
    {
        if (SharedData.Root is null) Skip = SharedData.Missing;
    }

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => SharedData.Tier;
}
