"""The documented fields of products that the simulated account does not use, in the notation of `answer_shapes`."""

from __future__ import annotations

UNUSED_SHAPES = {
    "GET /sapi/v1/margin/myTrades": """[{symbol: text, id: int, orderId: int, price: amount, qty: amount,
        commission: amount, commissionAsset: text, time: int, isBuyer: bool, isMaker: bool, isBestMatch: bool,
        isIsolated: bool}]""",
    "GET /sapi/v1/onchain-yields/locked/position": "{rows: [{asset: text, amount: amount}], total: int}",
    "GET /sapi/v1/sub-account/list": """{subAccounts: [{subUserId: int, email: text, remark: text, isFreeze:
        bool, createTime: int, isManagedSubAccount: bool, isAssetManagementSubAccount: bool}]}""",
    "GET /sapi/v1/sub-account/universalTransfer": """{result: [{tranId: int, fromEmail: text, toEmail: text,
        asset: text, amount: amount, createTimeStamp: int, fromAccountType: text, toAccountType: text, status: text,
        clientTranId: text}], totalCount: int}""",
    "GET /sapi/v1/rebate/taxQuery": """{status: text, type: text, code: text, data: {page: int, totalRecords:
        int, totalPageNum: int, data: [{asset: text, type: int, amount: amount, updateTime: int}]}}""",
    "GET /sapi/v1/eth-staking/eth/history/stakingHistory": """{rows: [{time: int, asset: text, amount: amount,
        distributeAsset: text, distributeAmount: amount, conversionRatio: amount, status: text}], total: int}""",
    "GET /sapi/v1/eth-staking/eth/history/redemptionHistory": """{rows: [{time: int, arrivalTime: int, asset:
        text, amount: amount, distributeAsset: text, distributeAmount: amount, conversionRatio: amount, status:
        text}], total: int}""",
    "GET /sapi/v1/eth-staking/eth/history/wbethRewardsHistory": """{estRewardsInETH: amount, rows: [{time: int,
        amountInETH: amount, holding: amount, holdingInETH: amount, annualPercentageRate: amount}], total: int}""",
    "GET /sapi/v1/eth-staking/wbeth/history/wrapHistory": """{rows: [{time: int, fromAsset: text, fromAmount:
        amount, toAsset: text, toAmount: amount, exchangeRate: amount, status: text}], total: int}""",
    "GET /sapi/v1/eth-staking/wbeth/history/unwrapHistory": """{rows: [{time: int, fromAsset: text, fromAmount:
        amount, toAsset: text, toAmount: amount, exchangeRate: amount, status: text}], total: int}""",
    "GET /sapi/v1/sol-staking/sol/history/stakingHistory": """{rows: [{time: int, asset: text, amount: amount,
        distributeAsset: text, distributeAmount: amount, exchangeRate: amount, status: text}], total: int}""",
    "GET /sapi/v1/sol-staking/sol/history/redemptionHistory": """{rows: [{time: int, arrivalTime: int, asset:
        text, amount: amount, distributeAsset: text, distributeAmount: amount, exchangeRate: amount, status: text}],
        total: int}""",
    "GET /sapi/v1/sol-staking/sol/history/bnsolRewardsHistory": """{estRewardsInSOL: amount, rows: [{time: int,
        amountInSOL: amount, holding: amount, holdingInSOL: amount, annualPercentageRate: amount}], total: int}""",
    "GET /sapi/v1/sol-staking/sol/history/boostRewardsHistory": """{rows: [{time: int, token: text, amount:
        amount, bnsolHolding: amount, status: text}], total: int}""",
    "GET /sapi/v1/soft-staking/history/rewardsRecord": """{rows: [{asset: text, rewards: amount, rewardAsset:
        text, avgAmount: amount, time: int}], total: int}""",
    "GET /sapi/v1/bfusd/account": "{bfusdAmount: amount, usdtProfit: amount, bfusdProfit: amount}",
    "GET /sapi/v1/rwusd/account": "{rwusdAmount: amount, totalProfit: amount}",
    "GET /sapi/v1/bfusd/history/redemptionHistory": """{rows: [{time: int, asset: text, amount: amount,
        receiveAsset: text, receiveAmount: amount, fee: amount, arrivalTime: int, status: text}], total: int}""",
    "GET /sapi/v1/rwusd/history/redemptionHistory": """{rows: [{time: int, asset: text, amount: amount,
        receiveAsset: text, receiveAmount: amount, fee: amount, arrivalTime: int, status: text}], total: int}""",
    "GET /sapi/v1/dci/product/positions": """{total: int, list: [{id: text, investCoin: text, exercisedCoin:
        text, subscriptionAmount: amount, strikePrice: amount, duration: int, settleDate: int, purchaseStatus: text,
        apr: amount, orderId: int, purchaseEndTime: int, optionType: text, autoCompoundPlan: text, subscriptionTime:
        int}]}""",
}
