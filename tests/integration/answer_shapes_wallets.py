"""The documented fields of the histories and of the wallets beside spot, in the notation of `answer_shapes`."""

from __future__ import annotations

from tests.integration.answer_shapes_unused import UNUSED_SHAPES

_UM_ASSET = """{asset: text, walletBalance: amount, unrealizedProfit: amount, marginBalance: amount,
    maintMargin: amount, initialMargin: amount, positionInitialMargin: amount, openOrderInitialMargin: amount,
    crossWalletBalance: amount, crossUnPnl: amount, availableBalance: amount, maxWithdrawAmount: amount,
    marginAvailable: bool, updateTime: int}"""
WALLET_SHAPES = UNUSED_SHAPES | {
    "GET /api/v3/allOrders": """[{symbol: text, orderId: int, orderListId: int, clientOrderId: text, price: amount,
        origQty: amount, executedQty: amount, origQuoteOrderQty: amount, cummulativeQuoteQty: amount, status: text,
        timeInForce: text, type: text, side: text, stopPrice: amount, icebergQty: amount, time: int, updateTime: int,
        isWorking: bool, workingTime: int, selfTradePreventionMode: text}]""",
    "GET /api/v3/rateLimit/order": """[{rateLimitType: text, interval: text, intervalNum: int, limit: int,
        count: int}]""",
    "GET /sapi/v1/spot/delist-schedule": "[{delistTime: int, symbols: [text]}]",
    "GET /sapi/v1/capital/config/getall": """[{coin: text, depositAllEnable: bool, withdrawAllEnable: bool,
        name: text, free: amount, locked: amount, freeze: amount, withdrawing: amount, ipoing: amount, ipoable:
        amount, storage: amount, isLegalMoney: bool, trading: bool, networkList: [{network: text, coin: text,
        withdrawIntegerMultiple: amount, isDefault: bool, depositEnable: bool, withdrawEnable: bool, depositDesc?:
        text, withdrawDesc?: text, specialTips?: text, specialWithdrawTips?: text, name: text, resetAddressStatus:
        bool, addressRegex: text, memoRegex?: text, withdrawFee: amount, withdrawMin: amount, withdrawMax: amount,
        withdrawInternalMin?: amount, depositDust?: amount, minConfirm: int, unLockConfirm: int, sameAddress: bool,
        withdrawTag?: bool, estimatedArrivalTime?: int, busy?: bool, contractAddressUrl?: text, contractAddress?:
        text, denomination?: int}]}]""",
    "GET /sapi/v1/accountSnapshot": """{code: int, msg: text, snapshotVos: [{data: {balances: [{asset: text,
        free: amount, locked: amount}], totalAssetOfBtc: amount, marginLevel?: amount, totalLiabilityOfBtc?: amount,
        totalNetAssetOfBtc?: amount, userAssets?: [{asset: text, borrowed: amount, free: amount, interest: amount,
        locked: amount, netAsset: amount}], assets?: [{asset: text, marginBalance: amount, walletBalance: amount}],
        position?: [{entryPrice: amount, markPrice: amount, positionAmt: amount, symbol: text, unRealizedProfit:
        amount}]}, type: text, updateTime: int}]}""",
    "GET /sapi/v1/asset/transfer": """{total: int, rows?: [{asset: text, amount: amount, type: text, status:
        text, tranId: int, timestamp: int}]}""",
    "GET /sapi/v1/asset/dribblet": """{total: int, userAssetDribblets: [{operateTime: int,
        totalTransferedAmount: amount, totalServiceChargeAmount: amount, transId: int, userAssetDribbletDetails:
        [{transId: int, serviceChargeAmount: amount, amount: amount, operateTime: int, transferedAmount: amount,
        fromAsset: text, targetAsset: text}]}]}""",
    "GET /sapi/v1/asset/assetDividend": """{rows: [{id: int, amount: amount, asset: text, divTime: int, enInfo:
        text, tranId: int, direction: int}], total: int}""",
    "GET /sapi/v1/convert/tradeFlow": """{list: [{quoteId: text, orderId: int, orderStatus: text, fromAsset:
        text, fromAmount: amount, toAsset: text, toAmount: amount, ratio: amount, inverseRatio: amount, createTime:
        int}], startTime: int, endTime: int, limit: int, moreData: bool}""",
    "GET /sapi/v1/sub-account/transfer/subUserHistory": """[{counterParty: text, email: text, type: int, asset:
        text, qty: amount, fromAccountType: text, toAccountType: text, status: text, tranId: int, time: int}]""",
    "GET /sapi/v1/fiat/orders": """{code: text, message: text, data?: [{orderNo: text, fiatCurrency: text,
        indicatedAmount: amount, amount: amount, totalFee: amount, method: text, status: text, createTime: int,
        updateTime: int}], total: int, success: bool}""",
    "GET /sapi/v1/fiat/payments": """{code: text, message: text, data?: [{orderNo: text, sourceAmount: amount,
        fiatCurrency: text, obtainAmount: amount, cryptoCurrency: text, totalFee: amount, price: amount, status:
        text, paymentMethod: text, createTime: int, updateTime: int}], total: int, success: bool}""",
    "GET /sapi/v1/c2c/orderMatch/listUserOrderHistory": """{code: text, message: text, data?: [{orderNumber:
        text, advNo: text, tradeType: text, asset: text, fiat: text, fiatSymbol: text, amount: amount, totalPrice:
        amount, unitPrice: amount, orderStatus: text, createTime: int, commission: amount, counterPartNickName:
        text, payMethodName?: text, additionalKycVerify?: int, takerCommissionRate?: amount, takerCommission?:
        amount, takerAmount?: amount, advertisementRole: text}], total: int, success: bool}""",
    "GET /sapi/v1/pay/transactions": """{code: text, message: text, data?: [{orderType: text, transactionId:
        text, transactionTime: int, amount: amount, currency: text, walletType: int, walletTypes?: [int],
        fundsDetail?: [{currency: text, amount: amount, walletAssetCost?: {1: amount, 2: amount}}], payerInfo?:
        {name: text, type: text, binanceId: text}, receiverInfo?: {name: text, type: text, email: text, binanceId:
        text, accountId: text, countryCode: text, phoneNumber: text, mobileCode: text, extend: {institutionName:
        text, cardNumber: text, digitalWalletId: text}}}], success: bool}""",
    "GET /sapi/v1/simple-earn/flexible/history/subscriptionRecord": """{rows: [{amount: amount, asset: text,
        time: int, purchaseId: int, productId: text, type: text, sourceAccount: text, amtFromSpot: amount,
        amtFromFunding: amount, status: text}], total: int}""",
    "GET /sapi/v1/simple-earn/flexible/history/redemptionRecord": """{rows: [{amount: amount, asset: text, time:
        int, projectId: text, redeemId: int, destAccount: text, status: text}], total: int}""",
    "GET /sapi/v1/simple-earn/flexible/history/rewardsRecord": """{rows: [{asset: text, rewards: amount,
        projectId: text, type: text, time: int}], total: int}""",
    "GET /sapi/v1/simple-earn/locked/history/subscriptionRecord": """{rows: [{positionId: int, purchaseId: text,
        projectId: text, time: int, asset: text, amount: amount, lockPeriod: amount, type: text, sourceAccount:
        text, amtFromSpot: amount, amtFromFunding: amount, status: text}], total: int}""",
    "GET /sapi/v1/simple-earn/locked/history/redemptionRecord": """{rows: [{positionId: int, redeemId: int,
        time: int, asset: text, lockPeriod: amount, amount: amount, originalAmount: amount, type: text, deliverDate:
        int|amount, lossAmount?: amount, isComplete: bool, rewardAsset: text, rewardAmt: amount, extraRewardAsset?:
        text, estExtraRewardAmt?: amount, status: text}], total: int}""",
    "GET /sapi/v1/simple-earn/locked/history/rewardsRecord": """{rows: [{positionId: int, time: int, asset:
        text, lockPeriod: amount, amount: amount, type: text}], total: int}""",
    "GET /sapi/v1/margin/account": """{created: bool, borrowEnabled: bool, marginLevel: amount,
        collateralMarginLevel: amount, totalAssetOfBtc: amount, totalLiabilityOfBtc: amount, totalNetAssetOfBtc:
        amount, TotalCollateralValueInUSDT: amount, totalOpenOrderLossInUSDT: amount, tradeEnabled: bool,
        transferInEnabled: bool, transferOutEnabled: bool, accountType: text, userAssets: [{asset: text, borrowed:
        amount, free: amount, interest: amount, locked: amount, netAsset: amount}], totalCollateralValueInUSDT?:
        amount, transferEnabled?: bool}""",
    "GET /sapi/v1/margin/isolated/account": """{assets: [{baseAsset: {asset: text, borrowEnabled: bool,
        borrowed: amount, free: amount, interest: amount, locked: amount, netAsset: amount, netAssetOfBtc: amount,
        repayEnabled: bool, totalAsset: amount}, quoteAsset: {asset: text, borrowEnabled: bool, borrowed: amount,
        free: amount, interest: amount, locked: amount, netAsset: amount, netAssetOfBtc: amount, repayEnabled: bool,
        totalAsset: amount}, symbol: text, isolatedCreated: bool, enabled: bool, marginLevel: amount,
        marginLevelStatus: text, marginRatio: amount, indexPrice: amount, liquidatePrice: amount, liquidateRate:
        amount, tradeEnabled: bool}], totalAssetOfBtc: amount, totalLiabilityOfBtc: amount, totalNetAssetOfBtc:
        amount}""",
    "GET /sapi/v1/margin/borrow-repay": """{rows: [{type: text, isolatedSymbol: text, amount: amount, asset:
        text, interest: amount, principal: amount, status: text, timestamp: int, txId: int}], total: int}""",
    "GET /sapi/v1/margin/interestHistory": """{rows: [{txId: int, interestAccuredTime: int, asset: text,
        rawAsset: text, principal: amount, interest: amount, interestRate: amount, type: text, isolatedSymbol:
        text}], total: int}""",
    "GET /sapi/v1/margin/transfer": """{rows: [{amount: amount, asset: text, status: text, timestamp: int, txId:
        int, type: text, transFrom: text, transTo: text, fromSymbol: text, toSymbol: text}], total: int}""",
    "GET /sapi/v2/eth-staking/account": """{holdingInETH: amount, holdings: {wbethAmount: amount, bethAmount:
        amount}, thirtyDaysProfitInETH: amount, profit: {amountFromWBETH: amount, amountFromBETH: amount}}""",
    "GET /sapi/v1/sol-staking/account": """{bnsolAmount: amount, holdingInSOL: amount, thirtyDaysProfitInSOL:
        amount}""",
    "GET /sapi/v2/loan/flexible/ongoing/orders": """{rows: [{loanCoin: text, totalDebt: amount, collateralCoin:
        text, collateralAmount: amount, currentLTV: amount}], total: int}""",
    "GET /fapi/v3/account": """{totalInitialMargin: amount, totalMaintMargin: amount, totalWalletBalance:
        amount, totalUnrealizedProfit: amount, totalMarginBalance: amount, totalPositionInitialMargin: amount,
        totalOpenOrderInitialMargin: amount, totalCrossWalletBalance: amount, totalCrossUnPnl: amount,
        availableBalance: amount, maxWithdrawAmount: amount, assets: [{asset: text, walletBalance: amount,
        unrealizedProfit: amount, marginBalance: amount, maintMargin: amount, initialMargin: amount,
        positionInitialMargin: amount, openOrderInitialMargin: amount, crossWalletBalance: amount, crossUnPnl:
        amount, availableBalance: amount, maxWithdrawAmount: amount, updateTime: int}], positions: [{symbol: text,
        positionSide: text, positionAmt: amount, unrealizedProfit: amount, isolatedMargin: amount, notional: amount,
        isolatedWallet: amount, initialMargin: amount, maintMargin: amount, updateTime: int}]}""",
    "GET /fapi/v3/balance": """[{accountAlias: text, asset: text, balance: amount, crossWalletBalance: amount,
        crossUnPnl: amount, availableBalance: amount, maxWithdrawAmount: amount, marginAvailable: bool, updateTime:
        int}]""",
    "GET /fapi/v1/income": """[{symbol: text, incomeType: text, income: amount, asset: text, info: text, time:
        int, tranId: int|text, tradeId?: int|text}]""",
    "GET /dapi/v1/account": """{assets: [{asset: text, walletBalance: amount, unrealizedProfit: amount,
        marginBalance: amount, maintMargin: amount, initialMargin: amount, positionInitialMargin: amount,
        openOrderInitialMargin: amount, maxWithdrawAmount: amount, crossWalletBalance: amount, crossUnPnl: amount,
        availableBalance: amount, updateTime: int}], positions: [{symbol: text, positionAmt: amount, initialMargin:
        amount, maintMargin: amount, unrealizedProfit: amount, positionInitialMargin: amount,
        openOrderInitialMargin: amount, leverage: amount, isolated: bool, positionSide: text, entryPrice: amount,
        breakEvenPrice: amount, maxQty: amount, updateTime: int, notionalValue: amount}], canDeposit: bool,
        canTrade: bool, canWithdraw: bool, feeTier: int, updateTime: int}""",
    "GET /dapi/v1/balance": """[{accountAlias: text, asset: text, balance: amount, withdrawAvailable: amount,
        crossWalletBalance: amount, crossUnPnl: amount, availableBalance: amount, updateTime: int}]""",
    "GET /dapi/v1/income": """[{symbol: text, incomeType: text, income: amount, asset: text, info: text, time:
        int, tranId: text, tradeId?: text}]""",
    "GET /papi/v1/balance": """[{asset: text, totalWalletBalance: amount, crossMarginAsset: amount,
        crossMarginBorrowed: amount, crossMarginFree: amount, crossMarginInterest: amount, crossMarginLocked:
        amount, umWalletBalance: amount, umUnrealizedPNL: amount, cmWalletBalance: amount, cmUnrealizedPNL: text,
        updateTime: int, negativeBalance: amount}]""",
    "GET /papi/v1/account": """{uniMMR: amount, accountEquity: amount, actualEquity: amount,
        accountInitialMargin: amount, accountMaintMargin: amount, accountStatus: text, virtualMaxWithdrawAmount:
        amount, totalAvailableBalance: text, totalMarginOpenLoss: text, updateTime: int}""",
    "GET /papi/v1/um/account": """{assets: [{asset: text, crossWalletBalance: amount, crossUnPnl: amount,
        maintMargin: amount, initialMargin: amount, positionInitialMargin: amount, openOrderInitialMargin: amount,
        updateTime: int}], positions: [{symbol: text, initialMargin: amount, maintMargin: amount, unrealizedProfit:
        amount, positionInitialMargin: amount, openOrderInitialMargin: amount, leverage: amount, entryPrice: amount,
        maxNotional: amount, bidNotional: amount, askNotional: amount, positionSide: text, positionAmt: amount,
        updateTime: int}]}""",
    "GET /papi/v2/um/account": """{assets: [{asset: text, crossWalletBalance: amount, crossUnPnl: amount,
        maintMargin: amount, initialMargin: amount, positionInitialMargin: amount, openOrderInitialMargin: amount,
        updateTime: int}], positions: [{symbol: text, initialMargin: amount, maintMargin: amount, unrealizedProfit:
        amount, positionSide: text, positionAmt: amount, updateTime: int, notional: amount}]}""",
    "GET /papi/v1/cm/account": """{assets: [{asset: text, crossWalletBalance: amount, crossUnPnl: amount,
        maintMargin: amount, initialMargin: amount, positionInitialMargin: amount, openOrderInitialMargin: amount,
        updateTime: int}], positions: [{symbol: text, positionAmt: amount, initialMargin: amount, maintMargin:
        amount, unrealizedProfit: amount, positionInitialMargin: amount, openOrderInitialMargin: amount, leverage:
        amount, positionSide: text, entryPrice: amount, maxQty: amount, updateTime: int}]}""",
    "GET /papi/v1/um/income": """[{symbol: text, incomeType: text, income: amount, asset: text, info: text,
        time: int, tranId: text, tradeId: text}]""",
    "GET /papi/v1/cm/income": """[{symbol: text, incomeType: text, income: amount, asset: text, info: text,
        time: int, tranId: text, tradeId: text}]""",
}
WALLET_SHAPES["GET /fapi/v2/balance"] = WALLET_SHAPES["GET /fapi/v3/balance"]
WALLET_SHAPES["GET /fapi/v2/account"] = f"""{{feeTier: int, canTrade: bool, canDeposit: bool, canWithdraw: bool,
    updateTime: int, multiAssetsMargin: bool, tradeGroupId: int, totalWalletBalance: amount,
    totalUnrealizedProfit: amount, totalMarginBalance: amount, availableBalance: amount,
    assets: [{_UM_ASSET}], positions: [{{symbol: text}}]}}"""
