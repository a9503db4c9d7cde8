using System.Text.RegularExpressions;
using ClipLens.Tests.Cli;

namespace ClipLens.Tests.House;

/// <summary>
/// The library's folders use only those above them in the table of docs/architecture.md, and the projects only those below them in the
/// order of references: the built assemblies are asked, so the page cannot tell of another house.
/// </summary>
public sealed partial class FolderOrderTests
{
    private static readonly Type[] Library = typeof(ClipLensException).Assembly.GetTypes();

    [Fact]
    public void Folders_use_only_the_folders_above_them() => Assert.Empty(Violations(Documented()));

    [Fact]
    public void The_page_names_every_folder_of_the_library_and_no_other()
    {
        string root = Path.Combine(Repository.Root, "src", "ClipLens");
        var folders = Library.Select(type => Folder(type, Documented())).OfType<string>().Distinct();
        Assert.Equal(Documented().Order(), folders.Order());
        foreach (string folder in Documented()) Assert.True(Directory.Exists(Path.Combine(root, folder)), folder);
    }

    [Fact]
    public void A_reference_that_is_turned_round_is_found()
    {
        var order = Documented().ToList();
        int files = order.IndexOf("Files"), runs = order.IndexOf("Runs");
        (order[files], order[runs]) = (order[runs], order[files]);
        Assert.Contains(Violations(order), line => line.StartsWith("Effects.EffectsFile uses Files.", StringComparison.Ordinal));
    }

    [Fact]
    public void Namespaces_follow_folders()
    {
        string source = Path.Combine(Repository.Root, "src");
        foreach (string file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories).Where(file => !IsBuilt(file)))
        {
            string? space = NamespaceLine().Match(File.ReadAllText(file)) is { Success: true } match ? match.Groups[1].Value : null;
            string folder = Path.GetRelativePath(source, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.');
            if (space is not null) Assert.Equal(folder, space);
        }
    }

    [Fact]
    public void The_library_knows_neither_the_scenes_nor_the_command()
    {
        string[] own = [.. typeof(ClipLensException).Assembly.GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => name.StartsWith("ClipLens"))];
        Assert.Empty(own);
        Assert.DoesNotContain(typeof(ClipLens.Scenes.Scene).Assembly.GetReferencedAssemblies(), name => name.Name == "ClipLens.Cli");
    }

    /// <summary>The folders in the order of the page's table.</summary>
    private static IReadOnlyList<string> Documented() =>
        [.. FolderRow().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "architecture.md")))
        .Select(match => match.Groups[1].Value)];

    private static List<string> Violations(IReadOnlyList<string> order)
    {
        var found = new List<string>();
        foreach (var type in Library)
            foreach (var used in TypeReferences.From(type).Where(used => used.Assembly == type.Assembly))
                if (Folder(type, order) is { } own && Folder(used, order) is { } other && Place(order, other) > Place(order, own))
                    found.Add($"{Name(type)} uses {Name(used)}");
        return found;
    }

    private static int Place(IReadOnlyList<string> order, string folder) => order.ToList().IndexOf(folder);

    /// <summary>The folder of the page that a type lies in: the longest that its namespace begins with.</summary>
    private static string? Folder(Type type, IReadOnlyList<string> order)
    {
        string space = type.Namespace is { } own && own.StartsWith("ClipLens.", StringComparison.Ordinal)
            ? own["ClipLens.".Length..].Replace('.', '/') : "";
        return order.Where(folder => space == folder || space.StartsWith(folder + "/", StringComparison.Ordinal))
            .MaxBy(folder => folder.Length);
    }

    private static string Name(Type type) => type.FullName!["ClipLens.".Length..];

    private static bool IsBuilt(string file) => file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin");

    [GeneratedRegex(@"^\| `([\w/]+)/` \|", RegexOptions.Multiline)]
    private static partial Regex FolderRow();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
