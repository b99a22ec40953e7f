using Purser.Core.Budgets;
using Xunit;

namespace Purser.Core.Tests.Budgets;

public sealed class OutputSlicesTests
{
    [Theory]
    [InlineData(null, 64_000, 6_144)] // nothing is known: 4,096, and 2,048 ahead
    [InlineData(900L, 64_000, 2_948)]
    [InlineData(0L, 64_000, 2_048)]
    [InlineData(900L, 2_948, 2_948)]
    [InlineData(900L, 2_947, 2_947)]
    [InlineData(900L, 500, 500)]
    [InlineData(64_000L, 64_000, 64_000)]
    [InlineData(long.MaxValue, 64_000, 64_000)]
    [InlineData(null, 0, 0)]
    public void The_first_slice_is_what_is_predicted_and_a_lead_and_never_more_than_the_limit(long? predicted, long most, long slice) =>
        Assert.Equal(slice, OutputSlices.First(predicted, most));

    [Theory]
    [InlineData(0, 6_144, 64_000, 6_144)]
    [InlineData(4_096, 6_144, 64_000, 6_144)] // the lead is whole
    [InlineData(4_097, 6_144, 64_000, 9_216)] // half as much again
    [InlineData(1, 2_048, 64_000, 4_097)] // two leads are more than half as much again
    [InlineData(30_000, 6_144, 64_000, 34_096)]
    [InlineData(7_000, 6_144, 9_000, 9_000)]
    [InlineData(9_000, 9_000, 9_000, 9_000)]
    [InlineData(9_500, 9_500, 9_000, 9_500)] // what is held stays held
    public void The_next_slice_comes_when_the_lead_is_used_and_grows(long seen, long held, long most, long next) =>
        Assert.Equal(next, OutputSlices.Next(seen, held, most));
}
