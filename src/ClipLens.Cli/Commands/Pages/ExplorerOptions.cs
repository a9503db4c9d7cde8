using System.CommandLine;
using ClipLens.Explorer;
using ClipLens.Runs;

namespace ClipLens.Cli.Commands.Pages;

/// <summary>What 'explore' and 'report' show beside the run; the same options for both.</summary>
internal sealed class ExplorerOptions(Func<Option<string>, Option<string>> one, Func<Option<string[]>, Option<string[]>> several)
{
    private readonly Option<string> ablation = one(CommonOptions.Text("--ablation", "A.json",
        "What 'cliplens ablate' wrote; ablation.json in the run's folder if left out."));

    private readonly Option<string[]> cues = several(CommonOptions.Texts("--cues", "C.json",
        "What 'cliplens cues' wrote; files of the run's folder that begin with cues are shown too."));

    private readonly Option<string[]> adversarial = several(CommonOptions.Texts("--adversarial", "DIR",
        "What 'cliplens adversarial' wrote; a folder of this name in the run's is shown too."));

    private readonly Option<string> compare =
        one(CommonOptions.Text("--compare", "RUN", "Another run, over the same images, to compare with."));

    /// <summary>The settings that a call gives.</summary>
    /// <param name="call">The call.</param>
    /// <param name="run">The run that is shown.</param>
    public ExplorerSettings Read(Invocation call, RunDirectory run)
    {
        var other = call.Find(compare) is { } path ? RunDirectory.Open(path) : null;
        return new()
        {
            Ablation = Existing(call.Find(ablation)) ?? RunFolder.AblationOf(run),
            Cues = [.. (call.Find(cues) ?? []).Select(file => Existing(file)!)],
            Adversarial = [.. (call.Find(adversarial) ?? []).Select(folder => Directory.Exists(folder) ? folder
                : throw new ClipLensException($"There is no folder {folder}; give one that 'cliplens adversarial' wrote.")),
                .. RunFolder.AdversarialOf(run)],
            Other = other,
            LoadOther = other is null ? null : () => other.LoadModel(),
        };
    }

    private static string? Existing(string? file) => file is null || File.Exists(file) ? file
        : throw new ClipLensException($"There is no file {file}; correct the path.");
}
