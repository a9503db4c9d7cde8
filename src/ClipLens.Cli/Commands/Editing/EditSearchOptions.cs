using System.CommandLine;
using System.Globalization;
using ClipLens.Drawing;
using ClipLens.Editing.AgainstCues;
using ClipLens.Editing.Searching;
using ClipLens.Runs.Studies.Editing;

namespace ClipLens.Cli.Commands.Editing;

/// <summary>The options of edits that are looked for: against written names, or against cues.</summary>
internal sealed class EditSearchOptions
{
    private EditSearchOptions(Command command)
    {
        Attack = Has(CommonOptions.Text("--attack", "typographic", "Write wrong classes' names on the labelled pictures, and measure how "
            + "often that fools before and after."));
        Defend = Has(CommonOptions.Text("--defend", "typographic", "Look for the heads and neurons without which such names fool less, on "
            + "one half of the labelled pictures; reported on the other."));
        Against = Has(CommonOptions.Text("--against", "ship:sea,truck:road",
            "Look for what carries these cues to these classes, in the same way; or a file of 'cliplens cues'."));
        AtMost = Has(CommonOptions.Text("--at-most", "p", "Points of accuracy that --defend (on pictures without names) and --against (on "
            + "pictures with the cue) may cost.", "1"));
        Fit = Has(new Option<bool>("--fit")
        {
            Description = "With --against: fit a factor for every neuron and head of the last three layers at once, on the pictures and "
                + "on the same objects before other pictures' scenes, instead of trying one after another."
        });
        ReportImages = Has(CommonOptions.Text("--report-images", "D", "Pictures that --defend and --against do not look at and report on; "
            + "half of --images if left out."));
        ReportLabels = Has(CommonOptions.Text("--report-labels", "L.csv", "Their classes, as --labels."));
        Passes = Has(CommonOptions.Count("--passes", new SearchSettings().Passes,
            "Edits that they may try, each a pass over the pictures; not for --fit, which tries six."));
        Units = Has(CommonOptions.Number("--units", "Neurons and heads that they may choose; 200 if left out, any number with --fit, "
            + "which looks for them in a descent of their own."));
        Sheet = Has(CommonOptions.Text("--sheet", "OUT.png", "Picture to draw: pictures with names, and what they are taken for."));

        Option<T> Has<T>(Option<T> option)
        {
            command.Add(option);
            return option;
        }
    }

    public Option<string> Attack { get; }
    public Option<string> Defend { get; }
    public Option<string> Against { get; }
    public Option<string> AtMost { get; }
    public Option<bool> Fit { get; }
    public Option<string> ReportImages { get; }
    public Option<string> ReportLabels { get; }
    public Option<int> Passes { get; }
    public Option<int?> Units { get; }
    public Option<string> Sheet { get; }

    /// <summary>Adds the options to a command.</summary>
    public static EditSearchOptions AddTo(Command command) => new(command);

    /// <summary>Whether an edit is looked for.</summary>
    public bool IsGiven(Invocation call) => call.IsGiven(Defend) || call.IsGiven(Against);

    /// <summary>When each option does something, and what to say where it would not.</summary>
    public IEnumerable<OptionUse> Uses(Invocation call) =>
    [
        .. new Option[] { AtMost, Passes, Units }.Select(option => new OptionUse(option, IsGiven(call),
            $"{option.Name} is for an edit that is looked for, with --defend or --against")),
        new(Passes, !call.Get(Fit), "--passes is for edits that are tried one after another, and --fit tries six along its way"),
        new(Sheet, call.IsGiven(Attack) || call.IsGiven(Defend), "--sheet draws pictures with names on them, which --attack and "
            + "--defend write"),
    ];

    /// <summary>The settings with what the options say.</summary>
    /// <param name="call">The call.</param>
    /// <param name="settings">What the other options say.</param>
    /// <param name="factor">The factor of what is found.</param>
    public EditSettings Read(Invocation call, EditSettings settings, double factor) => settings with
    {
        ReportImages = call.Find(ReportImages),
        ReportLabels = call.Find(ReportLabels),
        IsAttacked = IsTypographic(Attack, call),
        IsDefended = IsTypographic(Defend, call),
        Against = call.Find(Against) is { } pairs ? CuePair.Parse(pairs) : [],
        Search = new()
        {
            AtMost = Number(AtMost, call.Get(AtMost)),
            Passes = call.Get(Passes),
            Most = call.Find(Units),
            IsFitted = call.Get(Fit),
            Factor = factor,
            Seed = settings.Seed,
        },
        Sheet = call.Find(Sheet) is { } picture ? DrawingFile.Prepare(picture) : null,
    };

    /// <summary>A number that an option is given as.</summary>
    /// <exception cref="ClipLensException">It is none.</exception>
    public static double Number(Option option, string word) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
            : throw new ClipLensException($"{option.Name} takes a number, not '{word}'.");

    private static bool IsTypographic(Option<string> option, Invocation call) => call.Find(option) switch
    {
        null => false,
        "typographic" => true,
        var word => throw new ClipLensException($"{option.Name} takes 'typographic', not '{word}'."),
    };
}
