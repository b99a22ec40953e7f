namespace Purser.Core.Pricing;

/// <summary>
/// The currency that an entry's figures are stated in, and the exchange rate that makes USD of them. The rates of the entry are in USD
/// already; another exchange rate is another entry.
/// </summary>
/// <param name="Code">Its code, such as <c>CNY</c>.</param>
/// <param name="UsdPerUnit">What one unit of it is in USD, above zero.</param>
/// <param name="Date">The day of the exchange rate.</param>
public sealed record PriceCurrency(string Code, decimal UsdPerUnit, DateOnly Date);
