using System.CommandLine;
using ClipLens.Compute;
using ClipLens.Runs.Studies;

namespace ClipLens.Cli.Commands.Evaluation;

/// <summary>The options of commands that evaluate a run on labelled images.</summary>
internal sealed class EvaluationOptions
{
    private EvaluationOptions(Func<Option<string>, Option<string>> has, Action<Option> add)
    {
        Run = has(CommonOptions.Run());
        Images = has(CommonOptions.Text("--images", "D", "Labelled images that the run has not seen: a folder (searched through) or a "
            + "text file with a path a line; without --labels a folder with a folder a class.", required: true));
        Labels = has(CommonOptions.Text("--labels", "L.csv", "Their classes: columns file,label, the label counted from 0. If left out, "
            + "their folders are their classes."));
        Classes = has(CommonOptions.Text("--classes", "C.txt", "Names of the classes, one a line, the first is label 0, or "
            + "imagenet-classes; the folders' names if left out."));
        Templates = has(CommonOptions.Templates());
        Model = has(CommonOptions.RunModel());
        RunImages = has(CommonOptions.RunImages());
        add(Workers = CommonOptions.Workers());
    }

    public Option<string> Run { get; }
    public Option<string> Images { get; }
    public Option<string> Labels { get; }
    public Option<string> Classes { get; }
    public Option<string> Templates { get; }
    public Option<string> Model { get; }
    public Option<string> RunImages { get; }
    public Option<int?> Workers { get; }

    /// <summary>What the options of a call say.</summary>
    public StudySettings Read(Invocation call) => new()
    {
        Run = call.Get(Run),
        Images = call.Get(Images),
        Labels = call.Find(Labels),
        Classes = call.Find(Classes),
        Templates = call.Find(Templates),
        Model = call.Find(Model),
        RunImages = call.Find(RunImages),
        Workers = call.Find(Workers),
        Placement = Inputs.Placement(call),
    };

    /// <summary>Opens what the options name, and says what is doubtful about the labels.</summary>
    public StudyInputs Open(Invocation call, IProgress<WorkProgress> progress)
    {
        var opened = StudyInputs.Open(Read(call), progress, call.Stop);
        foreach (string note in opened.Images.Notes) call.Terminal.Note(note);
        return opened;
    }

    /// <summary>What a study of the opened inputs finds; its progress is shown.</summary>
    public T Study<T>(Invocation call, Func<StudyInputs, IProgress<WorkProgress>, T> study) where T : class
    {
        T? result = null;
        call.Terminal.ShowProgress(progress =>
        {
            using var opened = Open(call, progress);
            result = study(opened, progress);
        });
        return result!;
    }

    /// <summary>Adds the options to a command.</summary>
    public static EvaluationOptions AddTo(Command command) => new(option =>
    {
        command.Add(option);
        return option;
    }, command.Add);
}
