namespace ClipLens.Tests.Support;

/// <summary>The shared material (real model, photographs, golden outputs) beside the checkout; absent from a user's clone.</summary>
internal static class SharedData
{
    public static readonly string? Root = Find();

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

/// <summary>A test that needs the shared material; it is skipped, and says so, where that is absent.</summary>
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute([System.Runtime.CompilerServices.CallerFilePath] string? file = null,
        [System.Runtime.CompilerServices.CallerLineNumber] int line = 0) : base(file, line)
    {
        if (SharedData.Root is null) Skip = "needs the folder shared/ beside the checkout";
    }
}

/// <summary>A theory that needs the shared material.</summary>
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute([System.Runtime.CompilerServices.CallerFilePath] string? file = null,
        [System.Runtime.CompilerServices.CallerLineNumber] int line = 0) : base(file, line)
    {
        if (SharedData.Root is null) Skip = "needs the folder shared/ beside the checkout";
    }
}
