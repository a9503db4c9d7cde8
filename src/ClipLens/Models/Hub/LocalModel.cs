namespace ClipLens.Models.Hub;

/// <summary>A model that is on this machine.</summary>
/// <param name="Path">Its checkpoint: a folder or a file.</param>
/// <param name="Name">The name it was asked for by; null for a path.</param>
/// <param name="Source">A name that stands for exactly these files: repository, @ and commit, or OpenAI's name; null for a path.</param>
public sealed record LocalModel(string Path, string? Name = null, string? Source = null);
