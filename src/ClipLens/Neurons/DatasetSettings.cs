namespace ClipLens.Neurons;

/// <summary>How the pass over a dataset is done.</summary>
internal sealed record DatasetSettings
{
    /// <summary>A folder of its own for what is kept while the pass runs.</summary>
    public required string ScratchFolder { get; init; }

    /// <summary>The most top images of a neuron that will be asked for.</summary>
    public required int Top { get; init; }

    /// <summary>All blocks of the pass, where only some of them are opened; those opened if empty. The batches depend on them.</summary>
    public IReadOnlyList<int> Layers { get; init; } = [];

    /// <summary>The part of the dataset that is passed over.</summary>
    public DatasetPart Part { get; init; } = DatasetPart.Whole;

    /// <summary>Images in a forward pass; fewer where their neurons would take too much memory.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers { get; init; }

    /// <summary>Images of the sample; what suits the model if null.</summary>
    public int? Sample { get; init; }

    /// <summary>Images kept for a neuron at most, in the mean over a block; what suits the model and the number of top images if
    /// null.</summary>
    public int? MostKept { get; init; }

    /// <summary>Bytes of kept coefficients that are mapped to memory; more are read and written on disk.</summary>
    public long MemoryBudget { get; init; } = 2L << 30;

    /// <summary>Whether effects are measured on the model's device; where it is a card if null.</summary>
    public bool? MeasureOnDevice { get; init; }

    /// <summary>Time between two saves of a running pass.</summary>
    public TimeSpan SaveInterval { get; init; } = TimeSpan.FromSeconds(15);
}
