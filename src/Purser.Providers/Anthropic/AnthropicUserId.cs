using System.Text;
using System.Text.Json;

namespace Purser.Providers.Anthropic;

/// <summary>
/// The <c>metadata.user_id</c> of a request. Claude Code writes a JSON object into the string
/// (<c>device_id</c>, <c>account_uuid</c>, <c>session_id</c>); its older versions wrote
/// <c>user_…_account_…_session_…</c>. Of these only the session is read: device and account are a person's. Anything else is an opaque id.
/// </summary>
internal static class AnthropicUserId
{
    private const int MaxLength = 256;

    /// <summary>Puts what the id says into the facts.</summary>
    public static void Read(string? userId, RequestFacts facts)
    {
        if (userId is null)
        {
            return;
        }
        if (userId[0] == '{')
        {
            facts.SessionId = SessionIn(userId);
        }
        else if (!ReadUnderscored(userId, facts))
        {
            facts.EndUser = JsonReading.Clean(userId, MaxLength);
        }
    }

    private static string? SessionIn(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        string? session = null;
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                var isSession = reader.ValueTextEquals("session_id"u8);
                reader.Read();
                if (isSession)
                {
                    session = JsonReading.Clean(JsonReading.Text(ref reader, null), MaxLength);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (JsonException)
        {
            return null;
        }
        return session;
    }

    private static bool ReadUnderscored(string userId, RequestFacts facts)
    {
        const string user = "user_";
        const string account = "_account_";
        const string session = "_session_";
        var accountAt = userId.IndexOf(account, StringComparison.Ordinal);
        var sessionAt = userId.LastIndexOf(session, StringComparison.Ordinal);
        if (!userId.StartsWith(user, StringComparison.Ordinal) || accountAt < user.Length || sessionAt < accountAt)
        {
            return false;
        }
        facts.SessionId = JsonReading.Clean(userId[(sessionAt + session.Length)..], MaxLength);
        return true;
    }
}
