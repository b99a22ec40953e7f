using Purser.Providers.Context;

namespace Purser.Providers.Tests.Context;

public class BaggageTests
{
    [Theory]
    [InlineData("purser.run=r-1", "r-1")]
    [InlineData(" other=1 , purser.run = r-1 ;p=1;q", "r-1")]
    [InlineData("purser.run=nightly%20build%2C%20main", "nightly build, main")]
    [InlineData("purser.run=caf%C3%A9", "café")]
    [InlineData("purser.run=50%", "50%")]
    // What isn't UTF-8 is replaced, and control characters go.
    [InlineData("purser.run=a%FFb", "a\ufffdb")]
    [InlineData("purser.run=a%0Ab%1B%5B31m", "ab[31m")]
    // The first one counts.
    [InlineData("purser.run=r-1,purser.run=r-2", "r-1")]
    // Malformed members are passed over, each by itself.
    [InlineData("=x,no-value,bad name=1,purser.run=r-1", "r-1")]
    [InlineData("purser.run=has space", null)]
    [InlineData("purser.run=a\"b", null)]
    [InlineData("purser.run=é", null)]
    [InlineData("purser.run=", null)]
    [InlineData("Purser.Run=r-1", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Member_then_its_value_or_nothing(string? header, string? value) => Assert.Equal(value, Baggage.Parse(header)["purser.run"]);

    [Fact]
    public void Beyond_the_limits_then_passed_over_whole()
    {
        var members = string.Join(',', Enumerable.Range(0, 63).Select(i => $"k{i}=v"));

        Assert.Equal("r", Baggage.Parse($"{members},purser.run=r")["purser.run"]);
        Assert.Null(Baggage.Parse($"purser.run=r,{members},one=more")["purser.run"]);
        Assert.Null(Baggage.Parse("purser.run=r,long=" + new string('x', 8192))["purser.run"]);
        Assert.Equal(256, Baggage.Parse("purser.run=" + new string('x', 5000))["purser.run"]!.Length);
    }

    [Theory]
    [InlineData("a=1,b=2;p", "a=1,b=2;p")]
    [InlineData("a=1, purser.run=r;p ,b=2", "a=1,b=2")]
    [InlineData("purser.run=r,purser.project=p", "")]
    [InlineData("a=purser.run", "a=purser.run")]
    public void For_a_provider_then_without_what_is_Pursers(string header, string sent) => Assert.Equal(sent, Baggage.WithoutOwn(header));

    [Theory]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736")]
    [InlineData("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes-later", "4bf92f3577b34da6a3ce929d0e0e4736")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x", null)]
    [InlineData("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x", null)]
    [InlineData("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", null)]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", null)]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01", null)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", null)]
    [InlineData("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", null)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Traceparent_then_the_trace_or_nothing(string? header, string? trace) => Assert.Equal(trace, TraceParent.TraceId(header));

    [Theory]
    [InlineData("https://github.com/acme/search.git", "github.com/acme/search")]
    [InlineData("https://user:gh-token@GitHub.com/acme/search/?access_token=t#x", "github.com/acme/search")]
    [InlineData("https://user:p@ss@github.com/acme/search", "github.com/acme/search")]
    [InlineData("git@github.com:acme/search.git", "github.com/acme/search")]
    [InlineData("ssh://git@git.acme.io:2222/search", "git.acme.io:2222/search")]
    [InlineData("github.com/acme/search", "github.com/acme/search")]
    [InlineData("dev.azure.com/acme/A%20b/_git/c", "dev.azure.com/acme/a%20b/_git/c")]
    [InlineData("https://github.com", null)]
    [InlineData("file:///home/ada/search", null)]
    [InlineData("/home/ada/search", null)]
    [InlineData("../search", null)]
    [InlineData("~/search", null)]
    [InlineData("C:\\Users\\ada\\search", null)]
    [InlineData("C:/Users/ada/search", null)]
    [InlineData("~ada/search", null)]
    [InlineData("https://user%3Agh-token%40github.com/acme/search", null)]
    [InlineData("https://user:gh/tok#en@github.com/acme/search", null)]
    [InlineData("ssh://git@[2001:db8::1]:22/search", "[2001:db8::1]:22/search")]
    [InlineData("javascript://alert(1)/x", null)]
    [InlineData("github.com/acme/a\"b", null)]
    [InlineData("github.com/acme/a\nb", null)]
    [InlineData("=cmd|' /C calc'!A0/x", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Repository_then_one_name_without_a_credential(string? text, string? name)
    {
        var known = RepositoryName.Of(text);

        Assert.Equal(name, known, ignoreCase: true);
        // It is its own name.
        Assert.Equal(known, known is null ? null : RepositoryName.Of(known));
    }

    [Fact]
    public void Repository_that_is_too_long_then_none() => Assert.Null(RepositoryName.Of("github.com/" + new string('x', 246)));
}
