using ClipLens.Explorer.Layout;
using static TorchSharp.torch;

namespace ClipLens.Tests.Explorer;

public sealed class PlaneLayoutTests
{
    [Fact]
    public void Points_of_one_bundle_lie_together_and_the_same_every_time()
    {
        const int bundles = 5, each = 60;
        using var generator = new Generator(3);
        using var points = (randn(bundles, 16, generator: generator).mul(4)
            .repeat_interleave(each, 0) + randn(bundles * each, 16, generator: generator) * 0.5);
        var places = PlaneLayout.Place(points, TestContext.Current.CancellationToken);
        Assert.Equal(places, PlaneLayout.Place(points, TestContext.Current.CancellationToken));
        Assert.All(places, place => Assert.True(place.X is >= 0 and <= 1 && place.Y is >= 0 and <= 1));
        int kept = Enumerable.Range(0, places.Length).Sum(i => Enumerable.Range(0, places.Length).Where(j => j != i)
            .OrderBy(j => Square(places[i].X - places[j].X) + Square(places[i].Y - places[j].Y)).Take(10).Count(j => j / each == i / each));
        Assert.True(kept >= 0.98 * 10 * places.Length, $"{kept} of {10 * places.Length} neighbours are of the same bundle.");

        static float Square(float value) => value * value;
    }

    [Fact]
    public void Neighbours_are_those_of_the_largest_cosine()
    {
        using var points = randn(90, 12, generator: new Generator(5));
        int[] found = NeighbourGraph.Find(points, 4);
        using var centred = nn.functional.normalize(points - points.mean([0], keepdim: true), 2, 1);
        float[] cosines = centred.matmul(centred.t()).contiguous().data<float>().ToArray();
        for (int i = 0; i < 90; i++)
            Assert.Equal(Enumerable.Range(0, 90).Where(j => j != i).OrderByDescending(j => cosines[90 * i + j]).Take(4),
            found[(4 * i)..(4 * i + 4)]);
    }
}
