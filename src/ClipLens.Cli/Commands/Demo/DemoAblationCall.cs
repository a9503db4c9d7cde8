using ClipLens.Ablation;
using ClipLens.Cli.Commands.Evaluation;
using ClipLens.Cli.Output;
using ClipLens.Compute;
using ClipLens.Scenes.Demo;

namespace ClipLens.Cli.Commands.Demo;

/// <summary>The demo's ablation, done as <c>ablate</c> does it.</summary>
internal sealed class DemoAblationCall : IDisposable
{
    private EvaluationInputs? inputs;
    private AblationJob.Result? result;

    public DemoAblation Run(DemoAblationTask task, IProgress<WorkProgress>? progress, CancellationToken stop)
    {
        inputs = new(task.Run, task.Model, task.Images, EvaluationInputs.Classify(task.Model, task.Classes, task.Templates, progress!,
            stop), null) { OwnsModel = false };
        result = new AblationJob(inputs, task.Run.Layers, task.Pool, task.Sizes) { IsJoint = true }.Run(progress!, stop);
        result.Write(task.Output);
        string[] names = [AblationSummary.Baseline, .. LayerAblation.Fixed, AblationJob.FirstComponent,
            .. result.Sizes.Select(AblationJob.Sparse)];
        return new(names, [.. result.Figures.Select(subject => new DemoAblationRow(subject.Layer, [.. names.Select(name => subject[name]
            .Top1)]))],
            task.Run.Layers.ToDictionary(layer => layer, layer => (IReadOnlyList<double>)[.. result.Truths.First(truth =>
                truth.Layer == layer).Neurons
                .OrderBy(neuron => neuron.Neuron).Select(neuron => neuron.Description)]));
    }

    public void WriteAccuracies(Terminal terminal) => AblationReport.WriteAccuracies(terminal, result!);

    public void Dispose()
    {
        result?.Dispose();
        inputs?.Dispose();
    }
}
