using ClipLens.Explorer.Meaning;

namespace ClipLens.Tests.Explorer;

/// <summary>The tables that the explorer searches, against the plain formulas in float64; widths that fill no vector register.</summary>
public sealed class VectorTableTests
{
    private const int Rows = 37;
    private readonly Random random = new(3);

    [Theory]
    [InlineData(5, 1, false)]
    [InlineData(19, 3, false)]
    [InlineData(64, 8, false)]
    [InlineData(67, 11, true)]
    public void Cosines_are_those_of_the_formula(int width, int asked, bool isCentred)
    {
        float[][] blocks = [Values(Rows * width), Values(Rows * width)];
        Array.Clear(blocks[1], 4 * width, width);
        var table = new VectorTable([blocks[0], blocks[1]], width, isCentred);
        double[][] rows = [.. blocks.SelectMany(block => block.Chunk(width)).Select(row => Unit(row, isCentred))];
        float[][] directions = [.. rows.Take(asked).Select(row => row.Select(value => (float)value).ToArray())];
        float[][] cosines = table.Compare(directions, (_, own) => own.ToArray());
        for (int i = 0; i < asked; i++)
            for (int place = 0; place < 2 * Rows; place++)
                Assert.Equal(rows[i].Zip(rows[place], (a, b) => a * b).Sum(), cosines[i][place], 1e-5);
        float[] unit = new float[width];
        table.Unit(7, unit);
        Assert.All(unit.Zip(rows[7]), own => Assert.Equal(own.Second, own.First, 1e-5));
        Assert.Equal(0, cosines[0][Rows + 4]);
    }

    [Fact]
    public void The_largest_come_first_and_of_equals_the_first()
    {
        float[] values = [.. Enumerable.Range(0, 500).Select(_ => (float)random.Next(40))];
        Assert.Equal(values.Index().OrderByDescending(own => own.Item).Take(60).Select(own => own.Index), Nearest.Largest(values, 60));
        Assert.Equal([1, 0], Nearest.Largest([-2, 3], 9));
    }

    [Fact]
    public void Texts_lose_what_all_have_in_common()
    {
        const int width = 21, texts = 1300;
        float[] embeddings = [.. Values(texts * width).Select(value => value + 0.5f)];
        double[][] units = [.. embeddings.Chunk(width).Select(row => Unit(row, false))];
        double[] mean = [.. Enumerable.Range(0, width).Select(k => units.Average(unit => unit[k]))];
        var centred = new CentredTexts([.. embeddings], width);
        for (int text = 0; text < texts; text += 100)
        {
            double[] left = [.. units[text].Zip(mean, (a, b) => a - b)];
            Assert.Equal(Math.Sqrt(left.Sum(value => value * value)), centred.LengthOf(text), 1e-5);
            Assert.All(left.Zip(centred.Unit.Span.Slice(text * width, width).ToArray()), own =>
                Assert.Equal(own.First / centred.LengthOf(text), own.Second, 1e-4));
        }
        float[] sum = new float[width];
        float length = centred.Sum([3, 8], [2, -1], sum);
        double[] expected = [.. units[3].Zip(units[8], (a, b) => 2 * a - b).Zip(mean, (own, common) => own - common)];
        Assert.All(expected.Zip(sum), own => Assert.Equal(own.First, own.Second, 1e-4));
        Assert.Equal(Math.Sqrt(expected.Sum(value => value * value)), length, 1e-4);
    }

    private float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.4f)];

    private static double[] Unit(float[] row, bool isCentred)
    {
        double mean = isCentred ? row.Average(value => (double)value) : 0;
        double length = Math.Sqrt(row.Sum(value => (value - mean) * (value - mean)));
        return [.. row.Select(value => length > 0 ? (value - mean) / length : 0)];
    }
}
