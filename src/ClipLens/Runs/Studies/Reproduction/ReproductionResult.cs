namespace ClipLens.Runs.Studies.Reproduction;

/// <summary>What <see cref="ReproductionStudy.Run"/> found.</summary>
/// <param name="Run">The run that it made.</param>
/// <param name="Measured">What was measured, in a sentence.</param>
/// <param name="Figures">The paper's figures beside the measured ones.</param>
/// <param name="ReportPath">The report, a page of Markdown.</param>
public sealed record ReproductionResult(RunDirectory Run, string Measured, IReadOnlyList<ReproducedFigure> Figures, string ReportPath)
{
    /// <summary>What is doubtful about the images and classes that were given, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A figure of the paper.</summary>
/// <param name="What">What it is.</param>
/// <param name="Published">The published value, of OpenAI's ViT-B/32 on ImageNet where nothing else is said.</param>
/// <param name="Measured">The measured value.</param>
public sealed record ReproducedFigure(string What, string Published, string Measured);
