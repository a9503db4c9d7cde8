namespace ClipLens.Editing.Measuring;

/// <summary>The draws of a bootstrap.</summary>
/// <param name="Count">How many.</param>
/// <param name="Seed">Their seed.</param>
internal readonly record struct BootstrapDraws(int Count, ulong Seed);
