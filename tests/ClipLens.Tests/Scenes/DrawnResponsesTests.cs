using ClipLens.Runs;
using ClipLens.Runs.Settings;
using ClipLens.Scenes;
using ClipLens.Scenes.Truth;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Scenes;

public class DrawnResponsesTests
{
    [Fact]
    public void Neurons_answer_to_pictures_of_what_they_act_on()
    {
        using var folder = new ScratchFolder();
        var stop = TestContext.Current.CancellationToken;
        DrawnSet.Draw(folder.File("pictures"), new SceneGenerator(5), 120, 64, cancellation: stop);
        File.WriteAllLines(folder.File("world.txt"), WorldPool.Texts.Select(text => text.Text));
        var run = Analysis.Run(new()
        {
            Model = WorldModel.Folder,
            Images = folder.File("pictures"),
            Output = folder.File("run"),
            TextFiles = [folder.File("world.txt")],
            Layers = LayerSelection.Parse("6"),
            Top = TopCount.Parse("12"),
            Sizes = [4],
        }, cancellation: stop).Run;
        using var model = WorldModel.Load();
        var drawn = DrawnResponses.Measure(model, run, 4, 40, cancellation: stop);
        int sea = Place("sea"), ocean = Place("ocean");
        Assert.Equal(drawn.Score(new(6, 3), sea), drawn.Score(new(6, 3), ocean));
        Assert.Equal(DrawnResponse.None, drawn.Score(new(6, 3), null));
        // Chance would be a half.
        var texts = run.ActsOn(6, "world")!.Where(text => text.Rank == 0).ToList();
        Assert.InRange(texts.Average(text => drawn.Score(new(6, text.Neuron), text.TextIndex).AreaUnderCurve), 0.57, 0.95);

        static int Place(string word) => WorldPool.Texts.Index().First(text => text.Item.Text == word).Index;
    }
}
