using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Purser.Providers.Translation.Responses;

/// <summary>Ids of a response and its items, for answers of other formats. The same answer has the same ids every time.</summary>
internal static class ResponsesIds
{
    private const string Head = "resp_";

    /// <summary>The id of a response: what the provider says, after the head that OpenAI's have.</summary>
    public static string OfResponse(string id) => id.StartsWith(Head, StringComparison.Ordinal) ? id : Head + id;

    /// <summary>The id of an item.</summary>
    /// <param name="kind"><c>msg</c>, <c>rs</c>, <c>fc</c> or <c>ctc</c>.</param>
    /// <param name="answerId">The answer's id, as <see cref="AnswerContext.Id"/>.</param>
    /// <param name="index">The item's place in the output.</param>
    public static string OfItem(string kind, string answerId, int index)
    {
        var place = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{answerId}/{index}"));
        return string.Create(CultureInfo.InvariantCulture, $"{kind}_{XxHash3.HashToUInt64(place):x16}");
    }
}
