using System.Text;
using Purser.Routing.Understanding;
using Xunit;

namespace Purser.Routing.Tests;

public sealed class FeatureTextTests
{
    private static readonly RequestFeatures Seen = RequestReader.Read(
        Encoding.UTF8.GetBytes(
            """{"messages":[{"role":"user","content":"Translate into German, in at most 20 words: the cat sat on the mat."}]}"""
        )
    );

    [Fact]
    public void What_is_written_is_read_as_it_was_to_three_digits()
    {
        var text = FeatureText.Write(Seen);
        var read = FeatureText.Read(text);

        Assert.Equal((Seen.Class, Seen.Dense.Length), (read.Class, read.Dense.Length));
        Assert.Equal(Seen.Grams, read.Grams);
        Assert.All(Seen.Dense.Zip(read.Dense), pair => Assert.Equal(pair.First, pair.Second, 0.01f));
        Assert.All(Seen.Weights.Zip(read.Weights), pair => Assert.Equal(pair.First, pair.Second, 0.01f));
        Assert.Equal(text, FeatureText.Write(read));
        Assert.InRange(text.Length, 100, 1500);
    }

    [Fact]
    public void What_is_no_such_text_or_of_another_version_is_refused()
    {
        var bytes = Convert.FromBase64String(FeatureText.Write(Seen));
        var other = bytes.ToArray();
        other[1] ^= 1;

        Assert.Throws<FormatException>(() => FeatureText.Read("no base64"));
        Assert.Throws<FormatException>(() => FeatureText.Read(""));
        Assert.Throws<FormatException>(() => FeatureText.Read(Convert.ToBase64String(other)));
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<FormatException>(() => FeatureText.Read(Convert.ToBase64String(bytes, 0, length)));
        }
    }
}
