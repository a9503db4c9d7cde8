using System.CommandLine;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Runs.Studies.Editing;

namespace ClipLens.Cli.Commands.Editing;

/// <summary>Turns neurons and heads down or up in a checkpoint's weights, and measures what that did.</summary>
internal sealed class EditCommand : CliCommand
{
    private static readonly Dictionary<string, EditMean?> Means = new()
    {
        ["auto"] = null,
        ["class"] = EditMean.ClassToken,
        ["all"] = EditMean.AllTokens,
        ["none"] = EditMean.None,
    };

    private readonly Option<string> model, run, output, ablate, heads, scale, scaleHeads, from, factor, mean, meanImages;
    private readonly EditSearchOptions search;
    private readonly Option<string> images, labels, classes, templates, groups, captions;
    private readonly Option<string[]> suppress, amplify;
    private readonly Option<bool> undo;
    private readonly Option<int> most, resamples, seed;
    private readonly Option<int?> workers;

    public EditCommand() : base("edit",
        "Takes out, turns down or turns up what neurons and heads do, exactly in the weights, and measures what that did. The result is a "
        + "checkpoint of the same format in a new folder, with an edit.json that tells what was done and how to undo it.")
    {
        model = Has(CommonOptions.Text("--model", "M", "Checkpoint: a folder (open_clip, Hugging Face) or a file (.safetensors, .pt, "
            + ".bin); the run's if left out."));
        run = Has(CommonOptions.Text("--run", "RUN", "Run of the model, for --suppress and --amplify and for means over its pictures."));
        output = Has(CommonOptions.Output("MODEL", "New folder for the edited checkpoint."));
        ablate = Has(CommonOptions.Text("--ablate", "9:391,10:22", "Neurons to take out: they keep their mean, whatever the picture."));
        heads = Has(CommonOptions.Text("--ablate-heads", "11:3", "Heads to take out."));
        scale = Has(CommonOptions.Text("--scale", "9:391=0.5", "Neurons whose deviation from their mean is multiplied by a factor."));
        scaleHeads = Has(CommonOptions.Text("--scale-heads", "11:3=2", "The same for heads."));
        suppress = Has(CommonOptions.Texts("--suppress", "TEXT", "Take out the neurons of the run that act on this and write it."));
        amplify = Has(CommonOptions.Texts("--amplify", "TEXT", "Double them."));
        most = Has(CommonOptions.Count("--most", 10, "Neurons at most for each of these texts."));
        factor = Has(CommonOptions.Text("--factor", "f", "Another factor for what --suppress (0), --amplify (2), --from (0, of what has "
            + "none of its own), --defend and --against (0) find."));
        from = Has(CommonOptions.Text("--from", "FILE", "File of neurons and heads: one a line (9:391, head 11:3, 9:391=0.5) or JSON, such "
            + "as the explorer's labels or a file of cues."));
        mean = Has(CommonOptions.Choice("--mean", "auto", "Mean that stays: the class token's, that of all tokens, none at all, or the one "
            + "of the first two that hurts less, measured; with --fit the class token's unless one is named.", [.. Means.Keys]));
        meanImages = Has(CommonOptions.Text("--mean-images", "D", "Pictures that means are taken over; those of the run if left out, or "
            + "--images."));
        images = Has(CommonOptions.Text("--images", "D", "Pictures to measure the edit on: a folder (searched through) or a text file "
            + "with a path a line; without --labels a folder with a folder a class."));
        labels = Has(CommonOptions.Text("--labels", "L.csv", "Their classes: columns file,label, the label counted from 0."));
        classes = Has(CommonOptions.Text("--classes", "C.txt", "Names of the classes, one a line, the first is label 0."));
        templates = Has(CommonOptions.Templates());
        groups = Has(CommonOptions.Text("--groups", "G.csv", "Groups of pictures: columns file,group; the worst group is told."));
        captions = Has(CommonOptions.Text("--captions", "T.csv", "Captions: columns file,caption; their retrieval is measured."));
        search = EditSearchOptions.AddTo(this);
        undo = Has(new Option<bool>("--undo") { Description = "Write an edited checkpoint as it was before the edit, byte for byte." });
        resamples = Has(CommonOptions.Resamples());
        seed = Has(CommonOptions.Seed("Seed of the bootstrap and of whatever is drawn."));
        workers = Has(CommonOptions.Workers());
        HasPlacement();
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("Take out two neurons and a head, and measure it",
            "cliplens edit --model M --ablate 9:391,10:22 --ablate-heads 11:3 \\\n--images validation --labels labels.csv --classes "
            + "classes.txt --output edited"),
        new("Take out the neurons of a run that have to do with a text",
            "cliplens edit --run run --suppress \"text on a sign\" --most 5 --output edited"),
        new("Make a model read less of what is written on pictures, at one point of accuracy at most",
            "cliplens edit --model M --defend typographic --at-most 1 --images validation --labels labels.csv \\\n--classes classes.txt "
            + "--output edited"),
        new("Make the sea count less for a ship",
            "cliplens edit --model M --against ship:sea --images validation --labels labels.csv --classes classes.txt --output edited"),
        new("Back to the original bytes", "cliplens edit --undo --model edited --output original"),
    ];

    public override void Run(Invocation call)
    {
        UnusedOption.Refuse(call, Uses(call));
        if (call.Get(undo))
        {
            Undo(call);
            return;
        }
        var settings = Settings(call);
        if (settings.Changes.Count + settings.Suppress.Count + settings.Amplify.Count + settings.Against.Count == 0 && !settings.IsDefended)
            throw new ClipLensException("'cliplens edit' needs something to edit; give --ablate, --ablate-heads, --scale, --suppress, "
                + "--amplify, --from, --defend or --against.");
        EditResult? result = null;
        call.Terminal.ShowProgress(progress => result = EditStudy.Run(settings, progress, call.Stop));
        EditReport.Write(call.Terminal, result!, settings.Output);
    }

    /// <summary>When each option does something, and what to say where it would not.</summary>
    private IEnumerable<OptionUse> Uses(Invocation call)
    {
        bool Given(params Option[] any) => any.Any(call.IsGiven);
        bool isSearched = search.IsGiven(call), isFitted = call.Get(search.Fit), isFound = Given(suppress, amplify);
        if (call.Get(undo))
            return Options.Where(option => option != undo && option != model && option != output).Select(option =>
                new OptionUse(option, false, "--undo takes a whole edit back, and heeds --model and --output alone"));
        return
        [
            .. search.Uses(call),
            new(factor, isFound || isSearched || Given(from), "--factor is for what --suppress, --amplify, --from, --defend or --against "
                + "find; of what is named it is written behind it, such as --scale 9:391=0.5"),
            new(factor, !isFitted, "--fit finds every factor itself"),
            new(most, isFound, "--most is how many neurons --suppress and --amplify may take; --units is that of --defend and --against"),
            new(mean, !isFitted || call.Get(mean) != "auto", "--fit takes one mean, the class token's unless another is named"),
            new(meanImages, isSearched || call.Get(mean) != "none", "--mean none puts in no mean, so there is nothing to take over "
                + "pictures"),
            new(resamples, Given(images), "--resamples is for the intervals of what an edit does to --images, and there are none"),
        ];
    }

    private void Undo(Invocation call)
    {
        string edited = call.Find(model) ?? throw new ClipLensException("'cliplens edit --undo' needs the edited checkpoint; give its "
            + "folder with --model.");
        var record = CheckpointEditor.Undo(edited, call.Get(output), call.Stop);
        call.Terminal.WriteLine($"{call.Get(output)} holds the weights of {record.Model} as they were before the edit, byte for byte.");
    }

    private EditSettings Settings(Invocation call)
    {
        double? own = call.Find(factor) is { } word ? EditSearchOptions.Number(factor, word) : null;
        var settings = new EditSettings
        {
            Model = call.Find(model),
            Run = call.Find(run),
            Output = call.Get(output),
            Changes = [.. Parsed(call, ablate, false, false), .. Parsed(call, heads, true, false),
                .. Parsed(call, scale, false, true), .. Parsed(call, scaleHeads, true, true),
                .. call.Find(from) is { } file ? EditList.Read(file, own) : []],
            Suppress = call.Find(suppress) ?? [],
            Amplify = call.Find(amplify) ?? [],
            SuppressFactor = own ?? 0,
            AmplifyFactor = own ?? 2,
            Most = call.Get(most),
            Mean = Means[call.Get(mean)],
            MeanImages = call.Find(meanImages),
            Images = call.Find(images),
            Labels = call.Find(labels),
            Classes = call.Find(classes),
            Templates = call.Find(templates),
            Groups = call.Find(groups),
            Captions = call.Find(captions),
            Resamples = call.Get(resamples),
            Seed = (ulong)call.Get(seed),
            Workers = call.Find(workers),
            Placement = Inputs.Placement(call),
        };
        return search.Read(call, settings, own ?? 0);
    }

    private static IReadOnlyList<UnitChange> Parsed(Invocation call, Option<string> option, bool areHeads, bool haveFactors)
    {
        if (call.Find(option) is not { } list) return [];
        foreach (string word in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            if (word.Contains('=') != haveFactors)
                throw new ClipLensException(haveFactors ? $"{option.Name} needs a factor for {word}; write it behind, such as {word}=0.5."
                    : $"{option.Name} takes whole units out, without a factor; give {word} to {(areHeads ? "--scale-heads" : "--scale")}.");
        return EditList.Parse(list, areHeads);
    }
}
