using System.Text;
using ClipLens.Compute;
using ClipLens.Cues.Adversarial;
using ClipLens.Files;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Runs.Studies;
using ClipLens.Runs.Studies.Ablation;
using ClipLens.Scenes.Language;
using ClipLens.Scenes.Truth;

namespace ClipLens.Scenes.Demo;

/// <summary>The demo's work, step by step; what each step found stays here for the report.</summary>
internal sealed class DemoWork(DemoSettings settings) : IDisposable
{
    /// <summary>The world's text pool in the run.</summary>
    public const string Pool = "world";

    private const int DrawnPictures = 12, DrawnControls = 200;

    public DemoSettings Settings { get; } = settings;
    public ClipModel Model { get; private set; } = null!;
    public DrawnSet Pictures { get; private set; } = null!;
    public DrawnSet HeldOut { get; private set; } = null!;
    public RunDirectory Run { get; private set; } = null!;
    public AblationResult Ablation { get; private set; } = null!;
    public DescriptionScore ActsOn { get; private set; } = null!;
    public DescriptionScore Writes { get; private set; } = null!;
    public int Strong { get; private set; }

    /// <summary>Median answers of the strong neurons to pictures drawn from the first text that they act on, that they write, and from one
    /// by lot.</summary>
    public (DrawnResponse ActsOn, DrawnResponse Writes, DrawnResponse Random) Drawn { get; private set; }
    public IReadOnlyList<DescribedNeuron> Described { get; private set; } = [];
    public IReadOnlyList<MethodScore> Segmentation { get; private set; } = [];
    public IReadOnlyList<DiscoveryScore> Discovery { get; private set; } = [];
    public IReadOnlyList<DemoPair> Pairs { get; private set; } = [];
    public IReadOnlyList<AdversarialResult> Attacks { get; private set; } = [];

    public void Do(IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        Model = WorldModel.Load();
        Draw(progress, cancellation);
        Analyze(progress, cancellation);
        Ablate(progress, cancellation);
        Describe(progress, cancellation);
        Segmentation = DemoSegmentation.Measure(this, progress, cancellation);
        Discovery = DemoDiscovery.Measure(this, progress, cancellation);
        Pairs = DemoCues.Find(this, progress, cancellation);
        Attacks = DemoAdversarial.Make(this, progress, cancellation);
    }

    public void Dispose() => Model?.Dispose();

    private void Draw(IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        const string stage = "Drawing pictures";
        Pictures = DrawnSet.Draw(Settings.File("pictures"), new SceneGenerator(SeedOf(1)), Settings.Pictures, DemoSettings.PictureSize,
            new StageProgress(progress, stage, Settings.Pictures), cancellation);
        HeldOut = DrawnSet.Draw(Settings.File("held-out"), new SceneGenerator(SeedOf(2), new SceneSettings(CueStrength: 0)),
            Settings.HeldOut, DemoSettings.PictureSize,
            new StageProgress(progress, "Drawing held-out pictures", Settings.HeldOut), cancellation);
        AtomicFile.Write(Settings.File(Pool + ".txt"), Encoding.UTF8.GetBytes(string.Concat(WorldPool.Texts.Select(text => text.Text
            + "\n"))));
        AtomicFile.Write(Settings.File("captions.csv"), Encoding.UTF8.GetBytes("file,caption\n"
            + string.Concat(Pictures.Scenes.Select((scene, i) =>
                $"{Path.GetFileName(Pictures.FileOf(i))},{CaptionWriter.WriteInFull(scene)}\n"))));
    }

    private void Analyze(IProgress<WorkProgress>? progress, CancellationToken cancellation) => Run = Analysis.Run(new()
    {
        Model = WorldModel.Folder,
        Images = Pictures.Folder,
        Output = Settings.File("run"),
        TextFiles = [Settings.File(Pool + ".txt")],
        Layers = Settings.Layers,
        Top = TopCount.Parse($"{Settings.Top}"),
        Sizes = Settings.Sizes,
    }, progress, cancellation).Run;

    private void Ablate(IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        var entries = ImageList.Find(HeldOut.Folder);
        int[] labels = [.. HeldOut.Scenes.Select(scene => (int)scene.Objects[0].Kind)];
        string[] classes = [.. Enum.GetValues<ObjectKind>().Select(Lexicon.NameOf)];
        using var inputs = StudyInputs.Create(Run, Model, new(entries, labels, 0), classes, WorldModel.Templates, progress: progress,
            cancellation: cancellation);
        Ablation = AblationStudy.Run(inputs, new() { Pool = Pool, Sizes = Settings.Sizes, IsJoint = true }, progress, cancellation);
        Ablation.Write(Settings.File("ablation.json"));
    }

    private void Describe(IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        var excess = new ConceptExcess(Pictures.Scenes, WorldPool.Texts);
        var (texts, strong) = (new NeuronTexts(Run, Pool, Settings.Sizes[0]), DemoNeurons.Strong(this));
        Strong = strong.Count;
        (ActsOn, Described) = DescriptionScoring.Score(Run, strong, neuron => texts.ActsOn(neuron.Layer)?[neuron.Index] ?? [], excess,
            Settings.Seed);
        (Writes, _) = DescriptionScoring.Score(Run, strong, texts.TextsOf, excess, Settings.Seed);
        var drawn = DrawnResponses.Measure(Model, Run, DrawnPictures, DrawnControls, SeedOf(3), progress, cancellation);
        var random = new SceneRandom(Settings.Seed);
        Drawn = (Median(neuron => texts.ActsOn(neuron.Layer)?[neuron.Index].FirstOrDefault()?.TextIndex),
            Median(neuron => texts.TextsOf(neuron).FirstOrDefault(text => text.Coefficient > 0)?.TextIndex),
            Median(_ => random.Below(WorldPool.Texts.Count)));

        DrawnResponse Median(Func<NeuronId, int?> textOf)
        {
            DrawnResponse[] all = [.. strong.Select(neuron => drawn.Score(neuron, textOf(neuron)))];
            return new(all.Select(own => own.AreaUnderCurve).Order().ElementAt(all.Length / 2),
                all.Select(own => own.Difference).Order().ElementAt(all.Length / 2));
        }
    }

    // Never the scenes that the model was trained on, or measured on while it was.
    private ulong SeedOf(int purpose) => 0xDE30_0000UL + 16 * Settings.Seed + (ulong)purpose;
}
