using ClipLens.Compute;

namespace ClipLens.Tests.Compute;

public class OrderedWorkTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(1), InlineData(4)]
    public void Results_are_committed_in_order_whoever_is_first(int workers)
    {
        var committed = new List<int>();
        OrderedWork.Run(3, 40, piece =>
        {
            if (piece % 5 == 0) Thread.Sleep(3);
            return piece * piece;
        }, (piece, square) =>
        {
            Assert.Equal(piece * piece, square);
            committed.Add(piece);
        }, workers, Token);
        Assert.Equal(Enumerable.Range(3, 37), committed);
    }

    [Fact]
    public void A_failure_stops_the_work_and_reaches_the_caller_after_all_that_came_before_it()
    {
        var committed = new List<int>();
        var failure = Assert.Throws<InvalidDataException>(() => OrderedWork.Run(0, 100, piece =>
        {
            if (piece == 7) throw new InvalidDataException("seven");
            return piece;
        }, (piece, _) => committed.Add(piece), 3, Token));
        Assert.Equal("seven", failure.Message);
        Assert.Equal(Enumerable.Range(0, committed.Count), committed);
        Assert.InRange(committed.Count, 0, 7);
    }

    [Fact]
    public void Cancelling_ends_with_an_unbroken_row_of_commits()
    {
        using var cancel = new CancellationTokenSource();
        var committed = new List<int>();
        Assert.Throws<OperationCanceledException>(() => OrderedWork.Run(0, 1000, piece => piece, (piece, _) =>
        {
            committed.Add(piece);
            if (piece == 10) cancel.Cancel();
        }, 4, cancel.Token));
        Assert.Equal(Enumerable.Range(0, committed.Count), committed);
        Assert.InRange(committed.Count, 11, 20);
    }

    [Fact]
    public void Nothing_to_do_is_done_at_once() => OrderedWork.Run<int>(5, 5, _ => throw new InvalidOperationException(), (_, _) => { }, 2,
        Token);
}
