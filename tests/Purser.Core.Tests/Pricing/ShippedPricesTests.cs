using Purser.Core.Pricing;
using Xunit;

namespace Purser.Core.Tests.Pricing;

public sealed class ShippedPricesTests
{
    [Fact]
    public void Every_shipped_file_parses_without_error()
    {
        var result = PriceBook.Parse(ShippedPrices.Files);

        Assert.Empty(result.Errors);
        Assert.NotNull(result.Book);
    }
}
