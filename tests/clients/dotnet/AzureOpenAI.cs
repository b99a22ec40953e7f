using System.ClientModel;
using Azure.AI.OpenAI;
using Azure.Core;
using OpenAI.Chat;

namespace Purser.Clients.Libraries;

/// <summary>NuGet <c>Azure.AI.OpenAI</c>: the deployment is the model's name.</summary>
internal static class AzureOpenAI
{
    /// <summary>With the key as <c>api-key</c>.</summary>
    public static ChatClient WithKey(Target target) =>
        new AzureOpenAIClient(new Uri(target.Url), new ApiKeyCredential(target.Key)).GetChatClient(target.Model);

    /// <summary>With the key as a bearer token, where a token of Entra ID would stand.</summary>
    public static ChatClient WithToken(Target target) =>
        new AzureOpenAIClient(new Uri(target.Url), new FixedToken(target.Key)).GetChatClient(target.Model);

    private sealed class FixedToken(string token) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(token, DateTimeOffset.UtcNow.AddHours(1));

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
