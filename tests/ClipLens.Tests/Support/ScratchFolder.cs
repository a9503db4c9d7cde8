namespace ClipLens.Tests.Support;

/// <summary>An empty folder for one test, deleted afterwards.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("cliplens-");

    public string Path => folder.FullName;

    public string File(params string[] parts) => System.IO.Path.Combine([folder.FullName, .. parts]);

    public string Write(string name, byte[] bytes)
    {
        System.IO.File.WriteAllBytes(File(name), bytes);
        return File(name);
    }

    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    public void Dispose()
    {
        if (Directory.Exists(Path)) folder.Delete(recursive: true);
    }
}
