using ClipLens.Neurons;
using static TorchSharp.torch;

namespace ClipLens.Ablation;

/// <summary>What one batch adds to the ledger of ablations.</summary>
/// <param name="Baseline">The model's own representations in the effects' unit: [B, d].</param>
/// <param name="BaselineScores">Their scores.</param>
/// <param name="Subjects">What is scored, by block or all together.</param>
/// <param name="Activities">What the neurons did.</param>
internal sealed record AblationPart(Tensor Baseline, BatchScores BaselineScores, IReadOnlyList<SubjectPart> Subjects,
    IReadOnlyList<(NeuronRange Range, RangeActivity Activity)> Activities);

/// <summary>One block's share, or that of all blocks together, of a batch.</summary>
/// <param name="Layer">The block; null for all together.</param>
/// <param name="Changes">By how much the ablations change the representations: [V, B, d].</param>
/// <param name="Scores">Scores of the changed representations; null while other passes still add to the changes.</param>
internal sealed record SubjectPart(int? Layer, Tensor Changes, IReadOnlyList<BatchScores>? Scores);
