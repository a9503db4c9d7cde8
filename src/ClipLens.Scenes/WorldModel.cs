using System.Text;
using ClipLens.Files;
using ClipLens.Models;

namespace ClipLens.Scenes;

/// <summary>The small CLIP of the world that comes with ClipLens: an ordinary open_clip folder beside the program.</summary>
public static class WorldModel
{
    private const string FolderName = "world-clip", DigestName = "sha256.txt";

    /// <summary>Its blocks.</summary>
    internal const int Blocks = 8;

    /// <summary>Where it is.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, FolderName);

    /// <summary>Templates in the world's language around the name of a class.</summary>
    public static IReadOnlyList<string> Templates { get; } = ["a {}", "{}", "a picture of a {}"];

    /// <summary>Loads it.</summary>
    /// <param name="folder">Another place of the same files; <see cref="Folder"/> if null.</param>
    /// <exception cref="ClipLensException">It is missing or damaged.</exception>
    public static ClipModel Load(string? folder = null)
    {
        folder ??= Folder;
        ClipModel? model = null;
        try
        {
            string digest = File.ReadAllText(Path.Combine(folder, DigestName)).Trim();
            model = ClipModel.Load(folder);
            if (model.Sha256 == digest) return model;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ClipLensException)
        {
            model?.Dispose();
            throw Damaged(folder, error);
        }
        model.Dispose();
        throw Damaged(folder, null);
    }

    /// <summary>Puts a model's digest beside it, by which <see cref="Load"/> tells whether it is whole.</summary>
    internal static void Seal(string folder)
    {
        using var model = ClipModel.Load(folder);
        AtomicFile.Write(Path.Combine(folder, DigestName), Encoding.UTF8.GetBytes(model.Sha256 + "\n"));
    }

    private static ClipLensException Damaged(string folder, Exception? reason)
    {
        string message = $"The world's model in {folder} is missing or "
            + $"damaged{(reason is null ? "" : $" ({reason.Message.TrimEnd('.')})")}; "
            + "take the files of the repository again and build, or train one with the command demo train.";
        return reason is null ? new(message) : new(message, reason);
    }
}
