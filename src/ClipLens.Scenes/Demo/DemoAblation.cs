using ClipLens.Compute;
using ClipLens.Labels;
using ClipLens.Models;
using ClipLens.Runs;

namespace ClipLens.Scenes.Demo;

/// <summary>The ablation that the demo asks for: all layers of its run, one by one and together, with the scores of the
/// descriptions.</summary>
/// <param name="Run">The run.</param>
/// <param name="Model">Its model.</param>
/// <param name="Images">Held-out pictures with their main objects.</param>
/// <param name="Classes">The kinds of object, in the order of the labels.</param>
/// <param name="Templates">Sentences around their names.</param>
/// <param name="Pool">The run's text pool.</param>
/// <param name="Sizes">Texts a neuron.</param>
/// <param name="Output">The JSON file to write; the plots go beside it.</param>
public sealed record DemoAblationTask(RunDirectory Run, ClipModel Model, LabelledImages Images, IReadOnlyList<string> Classes,
    IReadOnlyList<string> Templates,
    string Pool, IReadOnlyList<int> Sizes, string Output);

/// <summary>What came of it.</summary>
/// <param name="Columns">Names of the ablations; the first is the model as it is.</param>
/// <param name="Rows">The layers, all together last.</param>
/// <param name="Descriptions">For every layer and neuron the area under the ROC curve with which its description tells where it is
/// significant.</param>
public sealed record DemoAblation(IReadOnlyList<string> Columns, IReadOnlyList<DemoAblationRow> Rows, IReadOnlyDictionary<int,
    IReadOnlyList<double>> Descriptions);

/// <summary>The ablations of a layer.</summary>
/// <param name="Layer">The layer; null for all together.</param>
/// <param name="Accuracies">Top-1 accuracy in percent, by column.</param>
public sealed record DemoAblationRow(int? Layer, IReadOnlyList<double> Accuracies);

/// <summary>Does the ablation of a demo.</summary>
public delegate DemoAblation DemoAblate(DemoAblationTask task, IProgress<WorkProgress>? progress, CancellationToken cancellation);
