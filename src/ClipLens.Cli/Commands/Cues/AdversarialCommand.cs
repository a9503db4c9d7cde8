using System.CommandLine;
using ClipLens.Cues;
using ClipLens.Cues.Adversarial;
using ClipLens.Labels;
using ClipLens.Models.Images;
using ClipLens.Runs.Studies.Applications;

namespace ClipLens.Cli.Commands.Cues;

/// <summary>Pictures of one class that the model takes for another, because of what is beside it.</summary>
internal sealed class AdversarialCommand : CliCommand
{
    private readonly Option<string> run, trueClass, fooled, output, basis, classes, templates, pool, model, runImages;
    private readonly Option<string[]> images;
    private readonly Option<int> count, repeats, perPicture, donors, trials, seed, batch;
    private readonly Option<int?> workers;
    private readonly AdversarialSources sources;
    private readonly AdversarialModels models;

    public AdversarialCommand() : base("adversarial",
        "Makes pictures of one class with spurious cues of another beside it, asks the model which of the two it sees, and does the same "
        + "with other words for "
        + "comparison. An interrupted call is continued by the same command.")
    {
        run = Has(CommonOptions.Run());
        trueClass = Has(CommonOptions.Text("--true", "ship", "What every picture shows.", required: true));
        fooled = Has(CommonOptions.Text("--fooled", "truck", "What the model shall take it for; no picture is to show it.",
            required: true));
        output = Has(CommonOptions.Output("DIR", "Folder for the pictures, how each came about, tables and contact sheets."));
        count = Has(CommonOptions.Count("--count", 100, "Pictures of a repeat."));
        repeats = Has(CommonOptions.Count("--repeats", 3, "How often, with other seeds."));
        perPicture = Has(CommonOptions.Count("--cues-per-picture", 2, "Cues in a picture."));
        trials = Has(CommonOptions.Count("--trials", 0, "Trial pictures of a source, not counted, by which the cues are chosen that all "
            + "of its pictures show together; cues by lot if 0.", 0));
        images = Has(CommonOptions.Texts("--images", "D", "Photographs for collages and scenes; the run's if left out."));
        basis = Has(CommonOptions.Text("--base", "D",
            "Photographs of the true class for collages and scenes; those of --images in which the model sees it beyond doubt if left out."));
        classes = Has(CommonOptions.Text("--classes", "C.txt", "Class names, one a line, or imagenet-classes: without --base a photograph "
            + "is taken for one of the true class only where it fits that better than any other of them."));
        donors = Has(CommonOptions.Count("--donors", 3, "Photographs that show a cue: its object is cut out of them, or they are its "
            + "scene."));
        pool = CommonOptions.Pool();
        sources = new(this, pool);
        Has(pool);
        models = new(this);
        templates = Has(CommonOptions.Templates());
        seed = Has(CommonOptions.Seed("Decides everything that is left to chance."));
        model = Has(CommonOptions.RunModel());
        runImages = Has(CommonOptions.RunImages());
        batch = Has(CommonOptions.Batch());
        workers = Has(CommonOptions.Workers());
        HasPlacement();
        HasTables();
    }

    public override string WhenStopped => "Stopped; the same command goes on from here.";

    public override IReadOnlyList<Example> Examples =>
    [
        new("Ships to be taken for trucks, as collages of the run's photographs",
            "cliplens adversarial --run run --true ship --fooled truck --output ship-truck"),
        new("With photographs of ships of your own",
            "cliplens adversarial --run run --true ship --fooled truck --images photos --base ships --output ship-truck"),
        new("Put on photographs of the cues' scenes, the best cues chosen on 60 trial pictures",
            "cliplens adversarial --run run --true dog --fooled deer --sources statistics,random-words --pictures scenes --trials 60 \\\n"
            + "--cues-per-picture 1 --output dog-deer"),
        new("Described by a model of Ollama, painted by Stable Diffusion WebUI",
            "cliplens adversarial --run run --true ship --fooled truck --descriptions ollama --chat-model llama3.2 \\\n--pictures webui "
            + "--count 20 --output painted"),
        new("By endpoints that speak OpenAI's protocol, the key from the environment",
            "cliplens adversarial --run run --true ship --fooled truck --descriptions openai --chat-endpoint http://localhost:8000/v1 \\\n"
            + "--chat-model qwen --pictures openai --image-model gpt-image-1 --image-size 1024x1024 --count 20 --output painted"),
    ];

    public override void Run(Invocation call)
    {
        var (from, to) = SpuriousCues.CheckNames(call.Get(trueClass), call.Get(fooled));
        var settings = sources.Read(call, new()
        {
            True = from,
            Fooled = to,
            Sources = [],
            Output = call.Get(output),
            Count = call.Get(count),
            Repeats = call.Get(repeats),
            CuesPerPicture = call.Get(perPicture),
            Trials = call.Get(trials),
            Seed = (ulong)call.Get(seed),
            Batch = call.Get(batch),
            Workers = call.Find(workers),
        }) with
        { Photographs = new() { DonorsPerCue = call.Get(donors), ExchangesScenes = models.ExchangesScenes(call) } };
        var describer = models.Describer(call);
        using var painter = models.Pictures(call);
        var directory = Inputs.Run(call, run, runImages);
        if (call.Find(templates) is { } file) settings =
            settings with { Pictures = settings.Pictures with { Templates = PromptTemplates.Read(file) } };
        if (painter is null) settings = settings with
        {
            Photographs = settings.Photographs with
            {
                Photographs = Photographs(call),
                Classes = call.Find(classes) is { } list ? Inputs.Classes(call, list) : null,
                Bases = call.Find(basis) is { } path ? Inputs.Images(call, [path]) : null,
            },
        };
        using var clip = Inputs.RunModel(call, directory, call.Find(model));
        AdversarialResult? result = null;
        call.Terminal.ShowProgress(progress => result = AdversarialStudy.Make(directory, clip, settings, describer, painter, progress,
            call.Stop));
        var sheets = AdversarialReport.Write(result!, settings.Pictures.Output);
        AdversarialTable.Write(call.Terminal, result!, settings.Pictures.Output, sheets, settings.Photographs);
    }

    private ImageSet? Photographs(Invocation call) => call.Find(images) is { Length: > 0 } given ? Inputs.Images(call, given)
        : null;
}
