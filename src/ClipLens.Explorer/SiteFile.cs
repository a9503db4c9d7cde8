namespace ClipLens.Explorer;

/// <summary>A file of the explorer's site.</summary>
/// <param name="Bytes">What is in it.</param>
/// <param name="Type">Its media type.</param>
public sealed record SiteFile(byte[] Bytes, string Type);
