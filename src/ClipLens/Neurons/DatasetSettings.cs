namespace ClipLens.Neurons;

/// <summary>How the passes over a dataset are done.</summary>
internal sealed record DatasetSettings
{
    /// <summary>A folder of its own for what is kept while the passes run.</summary>
    public required string ScratchFolder { get; init; }

    /// <summary>Images in a forward pass; fewer where their neurons would take too much memory.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Threads; the number of cores if null.</summary>
    public int? Workers { get; init; }

    /// <summary>Whether coefficients are kept on disk between the passes; else the second pass computes them again.</summary>
    public bool StoreCoefficients { get; init; } = true;

    /// <summary>Memory for the tables and top rows of the second pass. What does not fit is done in further passes.</summary>
    public long MemoryBudget { get; init; } = 256L << 20;

    /// <summary>Time between two saves of a running pass.</summary>
    public TimeSpan SaveInterval { get; init; } = TimeSpan.FromSeconds(15);
}
