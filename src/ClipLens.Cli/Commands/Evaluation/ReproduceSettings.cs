using ClipLens.Runs;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>What <c>reproduce</c> is to do.</summary>
internal sealed record ReproduceSettings
{
    public required string Model { get; init; }
    public required string Train { get; init; }
    public required string Validation { get; init; }
    public required string? Rendition { get; init; }
    public required string? Labels { get; init; }
    public required string? Classes { get; init; }
    public required string? Templates { get; init; }
    public required IReadOnlyList<string> Texts { get; init; }
    public required int Every { get; init; }
    public required double Share { get; init; }
    public required LayerSelection Layers { get; init; }
    public required int Layer { get; init; }
    public required TopCount Top { get; init; }
    public required IReadOnlyList<int> Sizes { get; init; }
    public required int Neurons { get; init; }
    public required int Sample { get; init; }
    public required int? Workers { get; init; }
    public required string Output { get; init; }

    public string File(string name) => Path.Combine(Output, name);
}
