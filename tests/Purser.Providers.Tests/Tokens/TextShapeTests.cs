using Purser.Providers.Tokens;

namespace Purser.Providers.Tests.Tokens;

public class TextShapeTests
{
    // Every feature that isn't named is 0.
    [Theory]
    [InlineData("", "")]
    [InlineData("hello world", "Words=2 ThirdLetters=4 FifthLetters=2")]
    [InlineData("hello  world", "Words=2 ThirdLetters=4 FifthLetters=2 SpaceRuns=1 ExtraSpaces=1")]
    [InlineData("    x", "Words=1 SpaceRuns=1 ExtraSpaces=3")]
    [InlineData("a\n\n\nb", "Words=2 LineRuns=1 ExtraLines=2")]
    [InlineData("internationalization", "Words=1 ThirdLetters=2 FifthLetters=2 LongLetters=14")]
    [InlineData("fooBarBaz", "Words=1 ThirdLetters=3 Switches=2")]
    [InlineData("HTTP", "Words=1 ThirdLetters=2 Capitals=3")]
    [InlineData("12345 6", "Numbers=2 Digits=6")]
    [InlineData("a==b;", "Words=2 SignRuns=2 Signs=3")]
    [InlineData("naïve", "Words=1 ThirdLetters=1 FifthLetters=1 LatinMarks=1")]
    [InlineData("καλημέρα", "Words=1 Greek=8")]
    [InlineData("مرحبا", "Words=1 Arabic=5")]
    [InlineData("வணக்கம்", "Words=1 Indic=7")]
    [InlineData("привет мир", "Words=2 Cyrillic=9")]
    [InlineData("שלום", "Words=1 Hebrew=4")]
    [InlineData("नमस्ते", "Words=1 Devanagari=6")]
    [InlineData("สวัสดี", "Thai=6")]
    [InlineData("你好，世界", "WideSigns=1 Han=4")]
    [InlineData("こんにちは", "Kana=5")]
    [InlineData("안녕", "Hangul=2")]
    [InlineData("a → b", "Words=2 Symbols=1")]
    [InlineData("😀a", "Words=1 FourBytes=1")]
    public void Text_then_its_features(string text, string features) => Assert.Equal(features, Features(Wire.Bytes(text)));

    [Fact]
    public void Two_texts_then_each_begins_anew()
    {
        var shape = default(TextShape);
        shape.Add("hel"u8);
        shape.Add("lo"u8);
        Assert.Equal(2, shape[TextFeature.Words]);
    }

    [Theory]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0xE2, 0x82 })]
    [InlineData(new byte[] { 0xFF, 0x41 })]
    public void Bytes_that_are_no_text_then_counted_in_some_way(byte[] bytes) => Assert.NotEqual("", Features(bytes));

    private static string Features(byte[] text)
    {
        var shape = default(TextShape);
        shape.Add(text);
        var found = from feature in Enum.GetValues<TextFeature>() let count = shape[feature] where count > 0 select $"{feature}={count}";
        return string.Join(' ', found);
    }
}
