using ClipLens.Neurons;

namespace ClipLens.Tests.Neurons;

public class NeuronRangeTests
{
    [Fact]
    public void Ranges_fit_the_budget_and_cover_every_neuron_once_in_order()
    {
        var groups = NeuronRange.Pack([2, 5], 100, layer => layer == 2 ? 10 : 3, 450);
        Assert.Equal([new(2, 0, 45)], groups[0]);
        Assert.Equal([new(2, 45, 45)], groups[1]);
        Assert.Equal([new(2, 90, 10), new(5, 0, 100)], groups[2]);
        Assert.Equal(3, groups.Count);
    }

    [Fact]
    public void A_neuron_larger_than_the_budget_has_a_group_of_its_own() =>
        Assert.Equal([[new(0, 0, 1)], [new(0, 1, 1)]], NeuronRange.Pack([0], 2, _ => 1000, 1));
}
