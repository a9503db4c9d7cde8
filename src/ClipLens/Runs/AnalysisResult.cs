using ClipLens.Runs.Storage;

namespace ClipLens.Runs;

/// <summary>What <see cref="Analysis.Run"/> did.</summary>
public sealed record AnalysisResult
{
    /// <summary>The run directory, open for reading.</summary>
    public required RunDirectory Run { get; init; }

    /// <summary>Images found, those that could not be read included.</summary>
    public required int Images { get; init; }

    /// <summary>Images that could not be read; <see cref="RunDirectory.Images"/> has their errors.</summary>
    public required int Unreadable { get; init; }

    /// <summary>Blocks that this call analyzed; those that the run already had are not among them.</summary>
    public required IReadOnlyList<int> NewLayers { get; init; }

    /// <summary>Text tables that this call made.</summary>
    public required IReadOnlyList<TextTableId> NewTexts { get; init; }

    /// <summary>What a person should know about the inputs, in sentences: files that were left out, tensors that the model did not
    /// need.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Time that this call took.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Whether the run already had everything that was asked for: its inputs were checked and nothing was written.</summary>
    public bool WasComplete => NewLayers.Count == 0 && NewTexts.Count == 0;
}
