using Purser.Core.Ledger;
using Xunit;

namespace Purser.Core.Tests.Ledger;

public sealed class AttemptIdTests
{
    private const string Name = "req_019d00000001700280030000000000aa";
    private static readonly Guid Request = new("019d0000-0001-7002-8003-0000000000aa");

    [Fact]
    public void A_request_is_named_by_its_digits()
    {
        var id = new AttemptId(Request, 2);

        Assert.Equal((Name, Name + ".2"), (id.RequestName, id.ToString()));
        Assert.True(AttemptId.TryParseRequest(Name, out var request));
        Assert.Equal(Request, request);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("019d00000001700280030000000000aa")]
    [InlineData("REQ_019d00000001700280030000000000aa")]
    [InlineData("req_019d0000-0001-7002-8003-0000000000aa")]
    [InlineData("req_019d00000001700280030000000000a")]
    [InlineData("xreq019d00000001700280030000000000aa")]
    public void Another_name_is_none(string? name)
    {
        Assert.False(AttemptId.TryParseRequest(name, out var request));
        Assert.Equal(Guid.Empty, request);
    }
}
