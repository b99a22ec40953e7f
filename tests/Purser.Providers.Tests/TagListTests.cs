namespace Purser.Providers.Tests;

public class TagListTests
{
    [Fact]
    public void Tags_then_read_in_order()
    {
        var result = TagList.Parse("team=search, feature = auto complete,x.y-z_1=a=b");

        Assert.Null(result.Fault);
        Assert.Equal([new("team", "search"), new("feature", "auto complete"), new("x.y-z_1", "a=b")], result.Tags);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void No_tags_then_an_empty_list(string? value) => Assert.Empty(TagList.Parse(value).Tags!);

    [Theory]
    [InlineData("team", "Tag 1 has no '='; write key=value,key=value.")]
    [InlineData("a=1,", "Tag 2 has no '='; write key=value,key=value.")]
    [InlineData("=x", "The key of tag 1 must have 1 to 64 characters of a-z 0-9 _ . -")]
    [InlineData("Team=x", "The key of tag 1 must have 1 to 64 characters of a-z 0-9 _ . -")]
    [InlineData("té=x", "The key of tag 1 must have 1 to 64 characters of a-z 0-9 _ . -")]
    [InlineData("team=", "The value of tag 'team' must have 1 to 256 printable characters.")]
    [InlineData("team=a\u0007b", "The value of tag 'team' must have 1 to 256 printable characters.")]
    [InlineData("a=1,a=2", "Tag 'a' is there more than once.")]
    public void Malformed_tags_then_refused_with_what_is_wrong(string value, string message)
    {
        var result = TagList.Parse(value);

        Assert.Null(result.Tags);
        Assert.Equal(("invalid_tags", message), (result.Fault!.Code, result.Fault.Message));
    }

    [Fact]
    public void Limits_then_kept_to_the_character()
    {
        var key = new string('k', 64);
        var value = new string('v', 256);
        Assert.Single(TagList.Parse($"{key}={value}").Tags!);
        Assert.NotNull(TagList.Parse($"{key}k={value}").Fault);
        Assert.NotNull(TagList.Parse($"{key}={value}v").Fault);

        var most = string.Join(',', Enumerable.Range(1, 32).Select(index => $"k{index}=v"));
        Assert.Equal(32, TagList.Parse(most).Tags!.Count);
        Assert.Equal("There are more than 32 tags.", TagList.Parse(most + ",k33=v").Fault!.Message);
    }
}
