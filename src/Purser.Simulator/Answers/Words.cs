using System.Collections.Frozen;
using System.Text;

namespace Purser.Simulator.Answers;

/// <summary>The vocabulary of every answer: common English words of at most five letters, so that each is exactly one token.</summary>
internal static class Words
{
    /// <summary>The most bytes that one word takes, the space before it included.</summary>
    public const int MostBytes = 6;

    private const string List =
        "the of and to in is you that it he was for on are as with his they I at be this have from or one had by word but not what all "
        + "were we when your can said there use an each which she do how their if will up other about out many then them these so some her "
        + "would make like him into time has look two more write go see no way could my than first water been call who oil its now find long "
        + "down day did get come made may part over new sound take only work know place year live me back give most very after thing our just "
        + "name good man think say great where help much too means old any same tell boy came want show also form three small set put end does "
        + "well large must big even such turn here why ask went men read need land home us move try kind hand again off play spell air away "
        + "page house point mother study still learn plant cover food sun four state keep eye never last let city tree cross farm hard start "
        + "might story saw far sea draw left late run while press close night real life few north open seem next white begin got walk ease "
        + "paper group music those both mark often until mile river car feet care book took room began idea fish stop once base hear horse cut "
        + "sure watch color face wood main above ready green table plane fly sing war lay snow ride";

    private static readonly byte[][] Table = CreateTable();

    private static readonly FrozenDictionary<string, int> Places = Table
        .Index()
        .ToFrozenDictionary(word => Encoding.ASCII.GetString(word.Item), word => word.Index);

    /// <summary>Writes <paramref name="count"/> words with single spaces between them.</summary>
    public static byte[] Write(ref SeededRandom random, int count)
    {
        var text = new byte[count * MostBytes];
        var length = 0;
        ulong bits = 0;
        for (var i = 0; i < count; i++)
        {
            // Eight words from each draw: a byte chooses one of 256.
            bits = (i & 7) == 0 ? random.Next() : bits >> 8;
            var word = Table[(byte)bits];
            if (i > 0)
            {
                text[length++] = (byte)' ';
            }

            word.CopyTo(text, length);
            length += word.Length;
        }

        Array.Resize(ref text, length);
        return text;
    }

    /// <summary>One word.</summary>
    public static byte[] One(ref SeededRandom random) => Table[random.Below(256)];

    /// <summary>The word that stands at a place of the vocabulary.</summary>
    public static ReadOnlySpan<byte> At(byte place) => Table[place];

    /// <summary>Where a word stands in the vocabulary; −1 for none of it.</summary>
    public static int PlaceOf(string word) => Places.GetValueOrDefault(word, -1);

    /// <summary>Where the piece that starts at <paramref name="start"/> ends: a word with the space before it, as models stream them.</summary>
    public static int PieceEnd(ReadOnlySpan<byte> text, int start)
    {
        var next = text[(start + 1)..].IndexOf((byte)' ');
        return next < 0 ? text.Length : start + 1 + next;
    }

    private static byte[][] CreateTable()
    {
        var words = List.Split(' ').Where(word => word.Length <= 5).Distinct().Take(256).Select(Encoding.ASCII.GetBytes).ToArray();
        return words.Length == 256 ? words : throw new InvalidOperationException($"The vocabulary has {words.Length} words, not 256.");
    }
}
