using ClipLens.Neurons;
using CsCheck;

namespace ClipLens.Tests.Neurons;

public class TopRowsTests
{
    [Fact]
    public void Keeps_the_largest_norms_in_order_with_their_rows_and_of_equal_norms_the_earlier_image() =>
        Gen.Select(Gen.Int[0, 9].Array[1, 60], Gen.Int[1, 12]).Sample((values, top) =>
        {
            if (top > values.Length) return;
            var rows = new TopRows(1, top, 2);
            // Any order of arrival gives the same result.
            foreach (int image in Enumerable.Range(0, values.Length).OrderBy(image => image * 7919 % values.Length).ThenBy(image => image))
                rows.Offer(0, values[image], image, [values[image], image, 99]);
            var norms = new float[top];
            var images = new int[top];
            var kept = new float[top * 2];
            rows.Read(0, norms, images, kept);
            var expected = Enumerable.Range(0, values.Length).OrderByDescending(image => values[image]).ThenBy(image => image).Take(top)
                .ToArray();
            Assert.Equal(expected, images);
            Assert.Equal(expected.Select(image => (float)values[image]), norms);
            Assert.Equal(expected.SelectMany(image => new[] { (float)values[image], image }), kept);
        }, iter: 300);
}
